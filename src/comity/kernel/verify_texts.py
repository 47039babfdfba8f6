"""The sentences of the verifier, by code: English, Russian, Belarusian."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "verdict.good": "Every check passed, and the deciding keys are among those that you trust.",
    "verdict.compare": "Every check passed. What it proves depends on the keys: compare their fingerprints.",
    "verdict.bad": "Do not rely on this file. Checks failed: %(count)s.",
    "container.sealed": "The file is a PDF with a seal.",
    "container.broken": "The file is not a PDF with an intact seal.",
    "document.same": "The PDF is the one that was sealed, byte for byte. SHA-256 %(sha256)s.",
    "document.changed": "The PDF was changed after it was sealed.",
    "bundle.form": "The proof bundle has its exact form.",
    "bundle.broken": "The file is not a proof bundle in its exact form.",
    "bundle.not-one": "The PDF should carry one proof bundle; it carries: %(found)s.",
    "seal.signed": "The seal is signed with the key %(name)s.",
    "seal.refused": "The signature of the seal, in the name of %(name)s, is not valid.",
    "statement.signed": "The statement of %(issued)s is signed with the key %(name)s.",
    "statement.refused": "The signature of the statement, in the name of %(name)s, is not valid.",
    "statement.broken": "The statement has not its exact form.",
    "statement.party": "The bundle does not carry exactly one key of the issuer %(party)s.",
    "rest.same": "The bundle is the one that the statement was signed for.",
    "rest.changed": "The bundle is not the one that the statement was signed for.",
    "entry.form": "The entry has its exact form: %(kind)s, version %(version)s.",
    "entry.broken": "The entry has not its exact form.",
    "opening.matches": "The value at %(path)s is the one to which the entry is committed.",
    "opening.differs": "The value at %(path)s is not the one to which the entry is committed.",
    "opening.foreign": "The entry holds no commitment at %(path)s.",
    "opening.withheld": "The value at %(path)s is not given: it was withheld or removed on request.",
    "opening.missing": "The bundle neither gives nor withholds the value at %(path)s.",
    "checkpoint.form": "The checkpoint has its exact form: journal %(origin)s, entries: %(size)s.",
    "checkpoint.broken": "The checkpoint has not its exact form.",
    "checkpoint.foreign": "The checkpoint carries a signature of %(name)s for which the bundle has no key.",
    "inclusion.proved": "The entry stands in the journal %(origin)s: its number counted from 0 is %(number)s, "
    "entries in all: %(size)s.",
    "inclusion.refused": "It is not proved that the entry stands in the journal %(origin)s as number %(number)s.",
    "log.signed": "The journal %(origin)s signed the checkpoint.",
    "log.refused": "The signature of the journal %(origin)s on the checkpoint is not valid.",
    "log.none": "The checkpoint carries no signature of the journal %(origin)s.",
    "log.ended": "The key that signed for the journal %(origin)s may not sign for %(size)s entries.",
    "succession.proved": "The journal %(origin)s itself, up to %(size)s entries, names its keys one after another, "
    "and each is vouched for by an earlier one.",
    "succession.broken": "What should lead from one key of the journal %(origin)s to the next does not.",
    "witness.signed": "The witness %(name)s cosigned the checkpoint at %(time)s.",
    "witness.refused": "The cosignature of the witness %(name)s is not valid.",
    "witness.open": "The cosignature of the witness %(name)s could not be checked here.",
    "mirror.signed": "The mirror %(name)s cosigned the checkpoint at %(time)s.",
    "mirror.refused": "The cosignature of the mirror %(name)s is not valid.",
    "mirror.open": "The cosignature of the mirror %(name)s could not be checked here.",
    "witness.none": "No witness cosigned the checkpoint.",
    "key.trusted": "The key %(name)s (%(party)s) is one that you trust. Fingerprint %(fingerprint)s.",
    "key.compare": "The key %(name)s is said to belong to %(party)s. Fingerprint %(fingerprint)s: compare it with the "
    "one that the office publishes.",
    "key.untrusted": "The key %(name)s, said to belong to %(party)s, is not among those that you trust. "
    "Fingerprint %(fingerprint)s.",
    "key.uncounted": "The witness's key %(name)s, said to belong to %(party)s, is not among those that you trust: "
    "its cosignature does not count. Fingerprint %(fingerprint)s.",
    "key.uncounted-mirror": "The mirror's key %(name)s, said to belong to %(party)s, is not among those that you "
    "trust: its cosignature does not count. Fingerprint %(fingerprint)s.",
    "key.idle": "The bundle carries the key %(name)s, which signed nothing in it.",
    "key.vouched": "The key %(name)s (%(party)s) follows on one that you trust, as the journal itself says. "
    "Fingerprint %(fingerprint)s.",
    "key.former": "The key %(name)s, said to belong to %(party)s, signed the journal earlier only; nothing here "
    "rests on it. Fingerprint %(fingerprint)s.",
    "agree.right": "Statement and entry are about the same right: %(right)s.",
    "differ.right": "The statement is about the right %(right)s, the entry is not (%(found)s).",
    "agree.leaf": "The statement names this entry.",
    "differ.leaf": "The statement names another entry.",
    "agree.tree": "The statement names this checkpoint.",
    "differ.tree": "The statement names another checkpoint.",
    "image.named": "The image file is the one in the record. SHA-256 %(sha256)s.",
    "image.foreign": "The image file is not one in the record. SHA-256 %(sha256)s.",
    "image.unrecorded": "The statement names an image that the entry does not hold. SHA-256 %(sha256)s.",
    "proved.page": "The holder of the key %(name)s sealed this PDF, and not one byte has changed since.",
    "proved.statement": "The holder of the key %(name)s stated at %(issued)s what the status of %(right)s was "
    "on %(date)s.",
    "proved.entry": "The journal %(origin)s holds exactly this entry as number %(number)s, counted from 0, "
    "of %(size)s.",
    "proved.openings": "The personal data given here are those to which the entry was committed when it was written.",
    "proved.witness": "By %(time)s the witness %(name)s had seen the journal in this state: since then the entry "
    "cannot be replaced unnoticed.",
    "proved.mirror": "At %(time)s the mirror %(name)s stated that it durably holds every entry of the journal in this "
    "state, this one too.",
    "proved.image": "The image file is the one that the record names. SHA-256 %(sha256)s.",
    "limits.keys": "That the keys belong to the offices: compare the fingerprints with those that the offices publish, "
    "or name the keys that you trust.",
    "limits.witness": "That the journal shows everybody the same entries: no cosignature of a witness counts here.",
    "limits.later": "That no later entry changed the record: the proof ends with the journal at %(size)s entries. "
    "Ask the office for its present state.",
    "limits.truth": "That what the record says is true: proved is that the office wrote it.",
    "limits.status": "The sentences on status and effect: they are the signed word of the issuer, not a consequence of "
    "the journal.",
    "limits.time": "The moment at which the statement was made: the issuer's own word, no other clock confirms it.",
    "limits.effect": "That the right has effect anywhere but where the statement says so: each state decides by its "
    "own law.",
    "limits.page": "That the wording of the pages follows from the entry: the pages are the sealed word of the issuer. "
    "The entry itself is in the attached bundle.",
    "limits.withheld": "Values that were withheld or removed on request: nothing can be said of them.",
    "limits.images": "That a picture is the one in the record: give the image file, and its digest is compared.",
}

RUSSIAN: dict[str, str] = {
    "verdict.good": "Все проверки пройдены, решающие ключи входят в число тех, которым вы доверяете.",
    "verdict.compare": "Все проверки пройдены. Что этим доказано, зависит от ключей: сверьте их отпечатки.",
    "verdict.bad": "Не полагайтесь на этот файл. Проверок не пройдено: %(count)s.",
    "container.sealed": "Файл — документ PDF с печатью.",
    "container.broken": "Файл не является документом PDF с неповреждённой печатью.",
    "document.same": "Документ PDF побайтно совпадает с тем, который был скреплён печатью. SHA-256 %(sha256)s.",
    "document.changed": "Документ PDF изменён после того, как был скреплён печатью.",
    "bundle.form": "Пакет доказательств имеет точно установленную форму.",
    "bundle.broken": "Файл не является пакетом доказательств точно установленной формы.",
    "bundle.not-one": "К документу PDF должен быть приложен один пакет доказательств, приложено: %(found)s.",
    "seal.signed": "Печать подписана ключом %(name)s.",
    "seal.refused": "Подпись печати от имени %(name)s недействительна.",
    "statement.signed": "Заявление от %(issued)s подписано ключом %(name)s.",
    "statement.refused": "Подпись заявления от имени %(name)s недействительна.",
    "statement.broken": "Заявление не имеет точно установленной формы.",
    "statement.party": "В пакете нет ровно одного ключа стороны %(party)s, выдавшей заявление.",
    "rest.same": "Пакет — тот самый, для которого подписано заявление.",
    "rest.changed": "Пакет — не тот, для которого подписано заявление.",
    "entry.form": "Запись имеет точно установленную форму: %(kind)s, версия %(version)s.",
    "entry.broken": "Запись не имеет точно установленной формы.",
    "opening.matches": "Значение %(path)s — то самое, обязательство о котором содержит запись.",
    "opening.differs": "Значение %(path)s — не то, обязательство о котором содержит запись.",
    "opening.foreign": "В записи нет обязательства по адресу %(path)s.",
    "opening.withheld": "Значение %(path)s не приведено: оно не раскрыто или удалено по требованию.",
    "opening.missing": "Пакет не приводит значение %(path)s и не отмечает, что оно не раскрыто.",
    "checkpoint.form": "Контрольная точка имеет точно установленную форму: журнал %(origin)s, записей: %(size)s.",
    "checkpoint.broken": "Контрольная точка не имеет точно установленной формы.",
    "checkpoint.foreign": "На контрольной точке стоит подпись %(name)s, ключа для которой в пакете нет.",
    "inclusion.proved": "Запись стоит в журнале %(origin)s: её номер, считая с 0, — %(number)s, "
    "всего записей: %(size)s.",
    "inclusion.refused": "Не доказано, что запись стоит в журнале %(origin)s под номером %(number)s.",
    "log.signed": "Журнал %(origin)s подписал контрольную точку.",
    "log.refused": "Подпись журнала %(origin)s на контрольной точке недействительна.",
    "log.none": "На контрольной точке нет подписи журнала %(origin)s.",
    "log.ended": "Ключ, которым подписано за журнал %(origin)s, не вправе подписывать журнал, в котором записей: "
    "%(size)s.",
    "succession.proved": "Сам журнал %(origin)s, записей в котором %(size)s, называет свои ключи один за другим, и "
    "за каждый поручился более ранний.",
    "succession.broken": "То, что должно вести от одного ключа журнала %(origin)s к следующему, к нему не ведёт.",
    "witness.signed": "Свидетель %(name)s заверил контрольную точку %(time)s.",
    "witness.refused": "Подпись свидетеля %(name)s недействительна.",
    "witness.open": "Подпись свидетеля %(name)s здесь проверить нельзя.",
    "mirror.signed": "Зеркало %(name)s заверило контрольную точку %(time)s.",
    "mirror.refused": "Подпись зеркала %(name)s недействительна.",
    "mirror.open": "Подпись зеркала %(name)s здесь проверить нельзя.",
    "witness.none": "Контрольная точка не заверена ни одним свидетелем.",
    "key.trusted": "Ключ %(name)s (%(party)s) — один из тех, которым вы доверяете. Отпечаток %(fingerprint)s.",
    "key.compare": "Ключ %(name)s, как указано, принадлежит стороне %(party)s. Отпечаток %(fingerprint)s: сверьте его "
    "с опубликованным ведомством.",
    "key.untrusted": "Ключ %(name)s, принадлежащий, как указано, стороне %(party)s, не входит в число тех, которым вы "
    "доверяете. Отпечаток %(fingerprint)s.",
    "key.uncounted": "Ключ свидетеля %(name)s, принадлежащий, как указано, стороне %(party)s, не входит в число тех, "
    "которым вы доверяете: его подпись не учитывается. Отпечаток %(fingerprint)s.",
    "key.uncounted-mirror": "Ключ зеркала %(name)s, принадлежащий, как указано, стороне %(party)s, не входит в число "
    "тех, которым вы доверяете: его подпись не учитывается. Отпечаток %(fingerprint)s.",
    "key.idle": "В пакете есть ключ %(name)s, которым в нём ничего не подписано.",
    "key.vouched": "Ключ %(name)s (%(party)s) следует за тем, которому вы доверяете: так говорит сам журнал. "
    "Отпечаток %(fingerprint)s.",
    "key.former": "Ключом %(name)s, принадлежащим, как указано, стороне %(party)s, журнал подписывался лишь раньше; "
    "здесь на нём ничего не держится. Отпечаток %(fingerprint)s.",
    "agree.right": "Заявление и запись относятся к одному и тому же праву: %(right)s.",
    "differ.right": "Заявление относится к праву %(right)s, а запись — нет (%(found)s).",
    "agree.leaf": "В заявлении названа именно эта запись.",
    "differ.leaf": "В заявлении названа другая запись.",
    "agree.tree": "В заявлении названа именно эта контрольная точка.",
    "differ.tree": "В заявлении названа другая контрольная точка.",
    "image.named": "Файл изображения — тот, который указан в записи. SHA-256 %(sha256)s.",
    "image.foreign": "Такого файла изображения в записи нет. SHA-256 %(sha256)s.",
    "image.unrecorded": "В заявлении названо изображение, которого нет в записи. SHA-256 %(sha256)s.",
    "proved.page": "Владелец ключа %(name)s скрепил печатью этот документ PDF, и с тех пор в нём не изменён ни один "
    "байт.",
    "proved.statement": "Владелец ключа %(name)s заявил %(issued)s, каков был статус права %(right)s на %(date)s.",
    "proved.entry": "Журнал %(origin)s содержит именно эту запись под номером %(number)s, считая с 0, из %(size)s.",
    "proved.openings": "Приведённые персональные данные — те самые, обязательство о которых вошло в запись при её "
    "создании.",
    "proved.witness": "Не позднее %(time)s свидетель %(name)s видел журнал в этом состоянии: с тех пор запись нельзя "
    "незаметно подменить.",
    "proved.mirror": "В %(time)s зеркало %(name)s заявило, что надёжно хранит каждую запись журнала в этом состоянии, "
    "включая эту.",
    "proved.image": "Файл изображения — тот, который назван в записи. SHA-256 %(sha256)s.",
    "limits.keys": "Что ключи принадлежат ведомствам: сверьте отпечатки с опубликованными ведомствами или укажите "
    "ключи, которым доверяете.",
    "limits.witness": "Что журнал показывает всем одни и те же записи: здесь не учтена подпись ни одного свидетеля.",
    "limits.later": "Что более поздняя запись не изменила сведений: доказательство относится к журналу, в котором "
    "записей: %(size)s. О нынешнем состоянии спросите ведомство.",
    "limits.truth": "Что сведения соответствуют действительности: доказано, что их внесло ведомство.",
    "limits.status": "Слова о статусе и действии: это подписанное утверждение выдавшего, а не следствие журнала.",
    "limits.time": "Время, когда сделано заявление: его называет сам выдавший, иные часы его не подтверждают.",
    "limits.effect": "Что право действует где-либо, кроме указанного в заявлении: каждое государство решает по своему "
    "закону.",
    "limits.page": "Что текст страниц следует из записи: страницы — это скреплённое печатью слово выдавшего. Сама "
    "запись находится в приложенном пакете.",
    "limits.withheld": "Значения, которые не раскрыты или удалены по требованию: о них ничего сказать нельзя.",
    "limits.images": "Что изображение — то самое, которое указано в записи: приложите файл изображения, и его сумма "
    "будет сверена.",
}

BELARUSIAN: dict[str, str] = {
    "verdict.good": "Усе праверкі пройдзены, рашаючыя ключы ўваходзяць у лік тых, якім вы давяраеце.",
    "verdict.compare": "Усе праверкі пройдзены. Што гэтым даказана, залежыць ад ключоў: зверце іх адбіткі.",
    "verdict.bad": "Не спадзявайцеся на гэты файл. Праверак не пройдзена: %(count)s.",
    "container.sealed": "Файл — дакумент PDF з пячаткай.",
    "container.broken": "Файл не з’яўляецца дакументам PDF з непашкоджанай пячаткай.",
    "document.same": "Дакумент PDF пабайтна супадае з тым, які быў змацаваны пячаткай. SHA-256 %(sha256)s.",
    "document.changed": "Дакумент PDF зменены пасля таго, як быў змацаваны пячаткай.",
    "bundle.form": "Пакет доказаў мае дакладна ўстаноўленую форму.",
    "bundle.broken": "Файл не з’яўляецца пакетам доказаў дакладна ўстаноўленай формы.",
    "bundle.not-one": "Да дакумента PDF павінен быць прыкладзены адзін пакет доказаў, прыкладзена: %(found)s.",
    "seal.signed": "Пячатка падпісана ключом %(name)s.",
    "seal.refused": "Подпіс пячаткі ад імя %(name)s несапраўдны.",
    "statement.signed": "Заява ад %(issued)s падпісана ключом %(name)s.",
    "statement.refused": "Подпіс заявы ад імя %(name)s несапраўдны.",
    "statement.broken": "Заява не мае дакладна ўстаноўленай формы.",
    "statement.party": "У пакеце няма роўна аднаго ключа боку %(party)s, які выдаў заяву.",
    "rest.same": "Пакет — той самы, для якога падпісана заява.",
    "rest.changed": "Пакет — не той, для якога падпісана заява.",
    "entry.form": "Запіс мае дакладна ўстаноўленую форму: %(kind)s, версія %(version)s.",
    "entry.broken": "Запіс не мае дакладна ўстаноўленай формы.",
    "opening.matches": "Значэнне %(path)s — тое самае, абавязацельства аб якім змяшчае запіс.",
    "opening.differs": "Значэнне %(path)s — не тое, абавязацельства аб якім змяшчае запіс.",
    "opening.foreign": "У запісе няма абавязацельства па адрасе %(path)s.",
    "opening.withheld": "Значэнне %(path)s не прыведзена: яно не раскрыта або выдалена па патрабаванні.",
    "opening.missing": "Пакет не прыводзіць значэння %(path)s і не адзначае, што яно не раскрыта.",
    "checkpoint.form": "Кантрольны пункт мае дакладна ўстаноўленую форму: журнал %(origin)s, запісаў: %(size)s.",
    "checkpoint.broken": "Кантрольны пункт не мае дакладна ўстаноўленай формы.",
    "checkpoint.foreign": "На кантрольным пункце стаіць подпіс %(name)s, ключа для якога ў пакеце няма.",
    "inclusion.proved": "Запіс стаіць у журнале %(origin)s: яго нумар, лічачы з 0, — %(number)s, "
    "усяго запісаў: %(size)s.",
    "inclusion.refused": "Не даказана, што запіс стаіць у журнале %(origin)s пад нумарам %(number)s.",
    "log.signed": "Журнал %(origin)s падпісаў кантрольны пункт.",
    "log.refused": "Подпіс журнала %(origin)s на кантрольным пункце несапраўдны.",
    "log.none": "На кантрольным пункце няма подпісу журнала %(origin)s.",
    "log.ended": "Ключ, якім падпісана за журнал %(origin)s, не мае права падпісваць журнал, у якім запісаў: %(size)s.",
    "succession.proved": "Сам журнал %(origin)s, запісаў у якім %(size)s, называе свае ключы адзін за адным, і за "
    "кожны паручыўся ранейшы.",
    "succession.broken": "Тое, што павінна весці ад аднаго ключа журнала %(origin)s да наступнага, да яго не вядзе.",
    "witness.signed": "Сведка %(name)s засведчыў кантрольны пункт %(time)s.",
    "witness.refused": "Подпіс сведкі %(name)s несапраўдны.",
    "witness.open": "Подпіс сведкі %(name)s тут праверыць немагчыма.",
    "mirror.signed": "Люстэрка %(name)s засведчыла кантрольны пункт %(time)s.",
    "mirror.refused": "Подпіс люстэрка %(name)s несапраўдны.",
    "mirror.open": "Подпіс люстэрка %(name)s тут праверыць немагчыма.",
    "witness.none": "Кантрольны пункт не засведчаны ніводным сведкам.",
    "key.trusted": "Ключ %(name)s (%(party)s) — адзін з тых, якім вы давяраеце. Адбітак %(fingerprint)s.",
    "key.compare": "Ключ %(name)s, як указана, належыць боку %(party)s. Адбітак %(fingerprint)s: зверце яго з "
    "апублікаваным ведамствам.",
    "key.untrusted": "Ключ %(name)s, які, як указана, належыць боку %(party)s, не ўваходзіць у лік тых, якім вы "
    "давяраеце. Адбітак %(fingerprint)s.",
    "key.uncounted": "Ключ сведкі %(name)s, які, як указана, належыць боку %(party)s, не ўваходзіць у лік тых, якім вы "
    "давяраеце: яго подпіс не ўлічваецца. Адбітак %(fingerprint)s.",
    "key.uncounted-mirror": "Ключ люстэрка %(name)s, які, як указана, належыць баку %(party)s, не ўваходзіць у лік "
    "тых, якім вы давяраеце: яго подпіс не ўлічваецца. Адбітак %(fingerprint)s.",
    "key.idle": "У пакеце ёсць ключ %(name)s, якім у ім нічога не падпісана.",
    "key.vouched": "Ключ %(name)s (%(party)s) ідзе ўслед за тым, якому вы давяраеце: так кажа сам журнал. Адбітак "
    "%(fingerprint)s.",
    "key.former": "Ключом %(name)s, які, як указана, належыць боку %(party)s, журнал падпісваўся толькі раней; тут "
    "на ім нічога не трымаецца. Адбітак %(fingerprint)s.",
    "agree.right": "Заява і запіс адносяцца да аднаго і таго ж права: %(right)s.",
    "differ.right": "Заява адносіцца да права %(right)s, а запіс — не (%(found)s).",
    "agree.leaf": "У заяве названы менавіта гэты запіс.",
    "differ.leaf": "У заяве названы іншы запіс.",
    "agree.tree": "У заяве названы менавіта гэты кантрольны пункт.",
    "differ.tree": "У заяве названы іншы кантрольны пункт.",
    "image.named": "Файл выявы — той, які ўказаны ў запісе. SHA-256 %(sha256)s.",
    "image.foreign": "Такога файла выявы ў запісе няма. SHA-256 %(sha256)s.",
    "image.unrecorded": "У заяве названа выява, якой няма ў запісе. SHA-256 %(sha256)s.",
    "proved.page": "Уладальнік ключа %(name)s змацаваў пячаткай гэты дакумент PDF, і з таго часу ў ім не зменены "
    "ніводзін байт.",
    "proved.statement": "Уладальнік ключа %(name)s заявіў %(issued)s, якім быў статус права %(right)s на %(date)s.",
    "proved.entry": "Журнал %(origin)s змяшчае менавіта гэты запіс пад нумарам %(number)s, лічачы з 0, з %(size)s.",
    "proved.openings": "Прыведзеныя персанальныя даныя — тыя самыя, абавязацельства аб якіх увайшло ў запіс пры яго "
    "стварэнні.",
    "proved.witness": "Не пазней за %(time)s сведка %(name)s бачыў журнал у гэтым стане: з таго часу запіс нельга "
    "незаўважна падмяніць.",
    "proved.mirror": "У %(time)s люстэрка %(name)s заявіла, што надзейна захоўвае кожны запіс журнала ў гэтым стане, "
    "уключна з гэтым.",
    "proved.image": "Файл выявы — той, які названы ў запісе. SHA-256 %(sha256)s.",
    "limits.keys": "Што ключы належаць ведамствам: зверце адбіткі з апублікаванымі ведамствамі або ўкажыце ключы, якім "
    "давяраеце.",
    "limits.witness": "Што журнал паказвае ўсім адны і тыя ж запісы: тут не ўлічаны подпіс ніводнага сведкі.",
    "limits.later": "Што пазнейшы запіс не змяніў звестак: доказ адносіцца да журнала, у якім запісаў: %(size)s. Пра "
    "цяперашні стан спытайце ведамства.",
    "limits.truth": "Што звесткі адпавядаюць рэчаіснасці: даказана, што іх унесла ведамства.",
    "limits.status": "Словы аб статусе і дзеянні: гэта падпісанае сцверджанне таго, хто выдаў, а не вынік журнала.",
    "limits.time": "Час, калі зроблена заява: яго называе сам той, хто выдаў, іншы гадзіннік яго не пацвярджае.",
    "limits.effect": "Што права дзейнічае дзе-небудзь, апрача ўказанага ў заяве: кожная дзяржава вырашае паводле "
    "свайго закону.",
    "limits.page": "Што тэкст старонак вынікае з запісу: старонкі — гэта змацаванае пячаткай слова таго, хто выдаў. "
    "Сам запіс знаходзіцца ў прыкладзеным пакеце.",
    "limits.withheld": "Значэнні, якія не раскрыты або выдалены па патрабаванні: пра іх нічога сказаць нельга.",
    "limits.images": "Што выява — тая самая, якая ўказана ў запісе: прыкладзіце файл выявы, і яго сума будзе звераная.",
}

HEADINGS: dict[str, dict[str, str]] = {
    "en": {"checks": "Checks", "proved": "Proved", "not_proved": "Not proved", "ok": "yes", "bad": "NO", "open": "?"},
    "ru": {
        "checks": "Проверки",
        "proved": "Доказано",
        "not_proved": "Не доказано",
        "ok": "да",
        "bad": "НЕТ",
        "open": "?",
    },
    "be": {
        "checks": "Праверкі",
        "proved": "Даказана",
        "not_proved": "Не даказана",
        "ok": "так",
        "bad": "НЕ",
        "open": "?",
    },
}

LANGUAGES: dict[str, dict[str, str]] = {"en": SENTENCES, "ru": RUSSIAN, "be": BELARUSIAN}


def translate(code: str, lang: str) -> str:
    """The template of a sentence in a language; English for a language that is not here."""
    return LANGUAGES.get(lang, SENTENCES)[code]
