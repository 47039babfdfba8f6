// Asks a security key (WebAuthn) on behalf of a form, and sends the form with its answer.
"use strict";
for (const form of document.querySelectorAll("form[data-key]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = form.querySelector(".wrong");
    wrong.hidden = true;
    try {
      const answer = await globalThis.webauthnJSON[form.dataset.key](JSON.parse(form.dataset.options));
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch {
      wrong.hidden = false;
    }
  });
}
