// Small comforts; every page works without them.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  if (at && (at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName))) return;
  const field = document.getElementById("find");
  if (field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
