# Worte des Ladens. Veränderliches steht in { $klammern }; NUMBER() schreibt eine Zahl, wie die Sprache gliedert.

## Um jede Seite
skip-to-content = Zum Inhalt springen
menu = Menü
menu-label = Kategorien
search-label = Im Shop suchen
search-placeholder = Wonach suchen Sie?
search-button = Suchen
hello = Hallo
basket = Warenkorb
basket-items-hint = im Warenkorb
help-title = Hilfe und Kontakt
footer-title = Gut zu wissen
footer-label = Über den Shop
locale-title = Land und Sprache
locale-label = Land und Sprache
terms = AGB
privacy = Datenschutz
returns = Rückgabe
optional = (freiwillig)
change = Ändern
total = Gesamt
total-without-delivery = Gesamt ohne Versand
yes = Ja
no = Nein

## Startseite und Listen
home-welcome = Willkommen bei { $store }
home-look-at = { $name } ansehen
home-categories = Stöbern
see-all = Alle ansehen
popular = Gerade beliebt
recently-viewed = Zuletzt angesehen
recommendations = Passt gut dazu
products = Produkte
subcategories = Engere Kategorien
breadcrumbs-label = Sie sind hier
card-variants = { $count ->
    [one] 1 Variante
   *[other] { NUMBER($count) } Varianten
}
rating-label = { $count ->
    [one] { $average } von 5 Sternen, 1 Bewertung
   *[other] { $average } von 5 Sternen, { NUMBER($count) } Bewertungen
}
listing-total = { $count ->
    [0] Keine Produkte
    [one] 1 Produkt
   *[other] { NUMBER($count) } Produkte
}
filters = Filtern und sortieren
filters-apply = Ergebnisse zeigen
filters-applied = Gewählte Filter
filters-clear = Alle entfernen
filter-remove = – diesen Filter entfernen
facet-stock = Verfügbarkeit
facet-stock-in = Auf Lager
facet-rating = Bewertungen
facet-rating-from = { $stars ->
    [one] 1 Stern und mehr
   *[other] { NUMBER($stars) } Sterne und mehr
}
facet-price = Preis
facet-more = { $count ->
    [one] 1 weiterer
   *[other] { NUMBER($count) } weitere
}
applied-price = Preis: { $min } – { $max }
price-min = Von
price-max = Bis
sort-label = Sortieren nach
sort-relevance = Beste Treffer
sort-recommended = Empfohlen
sort-best-selling = Meistverkauft
sort-newest = Neueste
sort-price = Preis aufsteigend
sort-price-down = Preis absteigend
sort-name = Name
load-more = Mehr Produkte zeigen
pages-label = Seiten
page = Seite
page-previous = Zurück
page-next = Weiter

## Suche
search-title = Ergebnisse für „{ $words }“
search-corrected = Genau das gibt es nicht. Dies sind Ergebnisse für „{ $words }“.
search-nothing = Für „{ $words }“ haben wir nichts gefunden.
search-did-you-mean = Meinten Sie
search-tip-spelling = Prüfen Sie die Schreibweise oder versuchen Sie ein anderes Wort.
search-tip-fewer = Weniger Wörter finden mehr.
search-categories = Oder sehen Sie sich hier um

## Preise und Bestand
price-from = ab { $amount }
price-prior-label = vorher
price-prior-note = Durchgestrichen: der niedrigste Preis der letzten 30 Tage.
price-tier = ab { $units } Stück: je { $amount }
price-reduction = −{ $percent } %
tax-included = inkl. MwSt.
tax-excluded = zzgl. MwSt.
prices-included = Alle Preise inkl. MwSt., zzgl. Versand.
prices-excluded = Alle Preise zzgl. MwSt. und Versand.
prices-without-tax = Alle Preise zzgl. Versand.
availability-available = Auf Lager
availability-few_left = Nur noch wenige da
availability-sold_out = Ausverkauft
availability-not_for_sale = Zurzeit nicht im Verkauf
unit-kg = kg
unit-l = l
unit-m = m
unit-m2 = m²
unit-piece = Stück

## Produktseite
variant-choice = Auswahl
option-choose = Bitte wählen
quantity = Menge
quantity-less = Eins weniger
quantity-more = Eins mehr
quantity-times = { $quantity } × { $price }
add-to-basket = In den Warenkorb
add-title-to-basket = { $title } in den Warenkorb legen
gallery-label = Bilder
gallery-zoom = Vergrößern
gallery-show = Bild { $number } zeigen
delivery-from = Versand ab { $amount }
delivery-free = Kostenloser Versand
delivery-free-from = kostenlos ab { $amount }
delivery-more = Mehr zum Versand
download-note = Zum Herunterladen: Der Link kommt per E-Mail, sobald bezahlt ist.
returns-note = { $days ->
    [one] Innerhalb von 1 Tag zurückgeben, wenn es nicht gefällt.
   *[other] Innerhalb von { NUMBER($days) } Tagen zurückgeben, wenn es nicht gefällt.
}
returns-more = Mehr zur Rückgabe
product-description = Beschreibung
product-details = Einzelheiten
product-sku = Artikelnummer
product-maker = Hersteller
product-eu-contact = Verantwortlich in der EU
file-open = Datei öffnen

## Warenkorb
basket-title = Ihr Warenkorb
say-basket-about = Was Sie ausgesucht haben, was es kostet, und der Weg zur Kasse.
basket-lines = Produkte in Ihrem Warenkorb
basket-empty = Ihr Warenkorb ist leer.
basket-unit-price = je { $price }
basket-quantity-of = Menge von { $title }
basket-update = Aktualisieren
basket-remove = Entfernen
say-gone-title = Ein Produkt, das es nicht mehr gibt
basket-removed = { $title } wurde entfernt.
basket-undo = Rückgängig
basket-country = Liefern nach
basket-country-take = Versand aktualisieren
basket-checkout = Zur Kasse
basket-blocked = Ändern Sie zuerst die markierten Zeilen, dann geht es zur Kasse.
offers-title = Angebote
offers-none = Zurzeit gibt es keine Angebote.
offer-open = Angebot nutzen
offer-all-goods = Zu allen Produkten
offer-categories = Wofür es gilt
offer-goods = Produkte, die zählen
voucher-title = Haben Sie einen Gutschein?
voucher-code = Gutscheincode
voucher-use = Einlösen
voucher-remove = Entfernen
voucher-list = Gutscheine in Ihrem Warenkorb
card-title = Geschenkgutschein oder Guthaben?
card-code = Code des Geschenkgutscheins oder Guthabens
card-use = Einlösen
card-remove = Entfernen
card-list = Geschenkgutscheine für diese Bestellung
left-to-pay = Noch zu zahlen
keep-shopping = Weiter einkaufen
summary-title = Ihre Bestellung
added-title = Im Warenkorb
added-basket-total = Warenkorb gesamt
added-to-basket-page = Zum Warenkorb

## Kasse
checkout-secure = Sichere Kasse
say-checkout-about = Wohin es geht, wie es kommt und wie Sie zahlen: mehr wird nicht gefragt.
checkout-steps = Schritte der Kasse
checkout-step-address = Adresse
checkout-step-delivery = Versand
checkout-step-pay = Prüfen und bezahlen
checkout-contact = Kontakt
checkout-delivery-address = Lieferadresse
checkout-billing-address = Rechnungsadresse
checkout-to-delivery = Weiter zum Versand
checkout-to-review = Weiter zur Prüfung
checkout-back-basket = Zurück zum Warenkorb
checkout-back-address = Zurück zur Adresse
checkout-back-delivery = Zurück zum Versand
checkout-privacy = Wie wir mit Ihren Daten umgehen
checkout-deliver-to = Liefern an
checkout-method = Wie soll geliefert werden?
checkout-your-address = Ihre Adresse
checkout-fetch-at = Abholen bei
checkout-fetch-hint = Sie können Ihre Bestellung auch abholen: Geben Sie hier Ihre eigene Adresse an, und wählen Sie auf der nächsten Seite, wo.
checkout-point = Abholort
checkout-point-choose = Wählen Sie einen Abholort
checkout-billing-your = Die Adresse oben
checkout-nothing-to-send = In dieser Bestellung muss nichts verschickt werden.
checkout-billing-same = Wie die Lieferadresse
checkout-billing-same-short = Wie die Lieferadresse
checkout-payment = Zahlung
checkout-terms = Für diese Bestellung gelten unsere AGB
checkout-right-of-withdrawal = Ihr Widerrufsrecht
checkout-pay = Zahlungspflichtig bestellen: { $amount }
checkout-place = Bestellung abschicken
address-email = E-Mail
address-email-why = Für die Bestätigung und Nachrichten zum Paket. Sonst nichts.
address-name = Vor- und Nachname
address-line1 = Straße und Hausnummer
address-line2 = Wohnung, Etage, Gebäude
address-postcode = Postleitzahl
address-city = Ort
address-region = Bundesland oder Region
address-country = Land
address-company = Firma
address-phone = Telefon
address-phone-why = Nur für den Zusteller, falls er Sie nicht findet.
address-business = Kaufen Sie für ein Unternehmen?
vat-number = USt-IdNr.
vat-number-why = Von Unternehmen in einem anderen EU-Land, mit dem Land davor: FR40303265045. Dann fällt keine Umsatzsteuer an.
address-more = Firma, Wohnung, Region oder Telefon angeben
form-required-note = Felder mit * müssen ausgefüllt werden.
form-errors = { $count ->
    [one] Bitte prüfen Sie einen Punkt
   *[other] Bitte prüfen Sie { NUMBER($count) } Punkte
}

## Während eine Zahlung unterwegs ist
payment-pending-title = Ihre Zahlung ist unterwegs
payment-pending-text = Wir warten auf die Bestätigung der Zahlung von { $amount }. Diese Seite sieht von selbst wieder nach. Sie müssen nicht noch einmal bezahlen.
payment-pending-action = Noch einmal nachsehen
payment-pending-go-on = Zurück zur Zahlungsseite
payment-review-title = Ihre Zahlung wird geprüft
payment-review-text = Was der Zahlungsdienst uns zu { $amount } gemeldet hat, passt nicht zu Ihrer Bestellung. Deshalb sieht jemand von uns nach, bevor etwas verschickt wird. Bitte bezahlen Sie nicht noch einmal: Wir schreiben Ihnen.
payment-review-action = Zur Startseite
payment-given-back-title = Ihr Geld ist auf dem Weg zurück
payment-given-back-text = Als Ihre Zahlung von { $amount } ankam, war das Letzte davon schon verkauft. Der ganze Betrag geht auf demselben Weg zurück, und eine E-Mail bestätigt es. Bis Ihre Bank es zeigt, kann es einige Tage dauern.
payment-given-back-action = Zum Warenkorb
payment-elsewhere-title = Zurück von der Zahlung?
payment-elsewhere-text = Dieser Browser kennt die Zahlung nicht, deshalb wird hier nichts davon gezeigt. Wenn Ihre Zahlung angekommen ist, finden Sie die Bestätigung mit dem Link zu Ihrer Bestellung in Ihren E-Mails.
payment-elsewhere-action = Zur Startseite
payment-declined-title = Die Zahlung hat nicht geklappt
payment-declined-text = Es wurde nichts abgebucht; Warenkorb und Adresse sind noch da. Versuchen Sie es noch einmal oder wählen Sie eine andere Zahlungsart.
payment-declined-action = Zahlungsart wählen
payment-expired-title = Die Zeit zum Bezahlen ist abgelaufen
payment-expired-text = Es wurde nichts abgebucht; Warenkorb und Adresse sind noch da. Sie können die Zahlung neu beginnen.
payment-expired-action = Zurück zur Zahlung
payment-unavailable-title = Bezahlen geht gerade nicht
payment-unavailable-text = Es wurde nichts abgebucht, und Ihr Warenkorb ist noch da. Bitte versuchen Sie es in ein paar Minuten noch einmal.
payment-unavailable-action = Noch einmal versuchen

## Bestellung
order-thanks = Vielen Dank für Ihre Bestellung
order-thanks-text = Ihre Bestellnummer ist { $number }. Eine Bestätigung ist unterwegs an { $email }.
order-title = Bestellung { $number }
order-placed = Bestellt am { $date }
order-state-label = Stand Ihrer Bestellung
order-step-done = erledigt
order-step-next = als Nächstes
order-lines = Das haben Sie bestellt
order-downloads = Ihre Dateien
order-facts = Einzelheiten
order-number = Bestellnummer
order-date = Datum
order-tracking = Sendung { $number }
order-actions = Was Sie tun können
order-print = Diese Seite drucken
order-print-note = Heben Sie die Adresse dieser Seite auf: Sie zeigt Ihre Bestellung, wann immer Sie wiederkommen.
order-cancel = Diese Bestellung stornieren
order-cancel-text = Es wurde noch nichts verschickt, Sie können also noch stornieren. Was Sie bezahlt haben, bekommen Sie zurück.
order-cancel-confirm = Bestellung { $number } stornieren
withdraw-here = Vertrag hier widerrufen
withdraw-title = Vertrag widerrufen
withdraw-text = Sie können Bestellung { $number } ohne Angabe von Gründen widerrufen. Wählen Sie, was Sie zurücksenden, und bestätigen Sie.
withdraw-until = Bis { $date }.
withdraw-email-why = Hierhin geht die Eingangsbestätigung Ihres Widerrufs.
withdraw-lines = Was Sie widerrufen, und wie viele
withdraw-confirm = Widerruf bestätigen
withdraw-back = Zurück zur Bestellung
withdraw-received-title = Ihr Widerruf ist da
withdraw-received-text = Ihr Widerruf zu Bestellung { $number } ist am { $date } eingegangen. Die Bestätigung ist unterwegs an { $email }, mit allem zur Rücksendung.

## Textseiten und Fehler
text-pages-label = Mehr über den Shop
error-home = Zur Startseite
error-reference = Wenn Sie uns schreiben, nennen Sie dieses Zeichen:
error-400-title = Das konnten wir nicht lesen
error-400-text = Etwas an der Adresse oder am Formular stimmt nicht. Gehen Sie zurück und versuchen Sie es noch einmal.
error-403-title = Das kam von einer anderen Seite
error-403-text = Wir nehmen Formulare nur von unseren eigenen Seiten an. Öffnen Sie die Seite hier im Shop und senden Sie sie noch einmal.
error-404-title = Diese Seite gibt es nicht
error-404-text = Vielleicht ist sie umgezogen, oder die Adresse hat einen Tippfehler. Suchen Sie oben oder sehen Sie, was andere mögen.
error-409-title = Das passt so nicht mehr
error-409-text = Inzwischen hat sich etwas geändert. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
error-410-title = Dieses Produkt gibt es nicht mehr
error-410-text = Wir führen es nicht mehr. Vielleicht ist unten etwas Ähnliches.
error-413-title = Das war zu viel
error-413-text = Das Formular enthält mehr, als wir annehmen können. Gehen Sie zurück, kürzen Sie Ihren Text und senden Sie es noch einmal.
error-422-title = Etwas passt noch nicht
error-422-text = Gehen Sie zurück, prüfen Sie Ihre Angaben und senden Sie sie noch einmal.
error-429-title = Das war viel auf einmal
error-429-text = Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.
error-500-title = Hier ist etwas schiefgegangen
error-500-text = Es liegt an uns, und wir wissen davon. Bitte versuchen Sie es gleich noch einmal.
error-503-title = Die Kasse ist gerade nicht erreichbar
error-503-text = Ihr Warenkorb ist noch da. Sie können weiter stöbern; bitte versuchen Sie es in ein paar Minuten noch einmal.

## Daten
date = { $day }. { $month } { $year }
date-weekday = { $weekday }, { $day }. { $month }
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
weekday-1 = Montag
weekday-2 = Dienstag
weekday-3 = Mittwoch
weekday-4 = Donnerstag
weekday-5 = Freitag
weekday-6 = Samstag
weekday-7 = Sonntag

## Was der Shop zu einem Formular oder einer Bestellung sagt (vom Programm gewählt, nicht von einer Vorlage)
say-email-wrong = Geben Sie eine E-Mail-Adresse wie ann@example.org an.
say-name-missing = Geben Sie Vor- und Nachnamen an.
say-line1-missing = Geben Sie Straße und Hausnummer an.
say-city-missing = Geben Sie den Ort an.
say-region-missing = Geben Sie Ihren Bundesstaat oder Ihre Region an: die Steuer hängt davon ab.
say-vat-number-no-country = Eine USt-IdNr. beginnt mit ihrem Land, zum Beispiel FR40303265045.
say-vat-number-country = USt-IdNrn. dieses Landes kennen wir nicht. Lassen Sie das Feld leer, um mit Umsatzsteuer zu kaufen.
say-vat-number-shape = So sehen USt-IdNrn. dieses Landes nicht aus. Vergleichen Sie sie mit Ihren Unterlagen.
say-vat-number-digits = Eine Ziffer dieser USt-IdNr. stimmt nicht. Vergleichen Sie sie mit Ihren Unterlagen.
say-vat-number-refused = Das Register der EU kennt diese USt-IdNr. nicht. Berichtigen Sie sie, oder lassen Sie das Feld leer, um mit Umsatzsteuer zu kaufen.
say-vat-number-unchecked = Wir konnten Ihre USt-IdNr. gerade nicht prüfen, daher kommt die Umsatzsteuer hinzu. Sie können es in ein paar Minuten noch einmal versuchen oder jetzt kaufen.
say-postcode-missing = Geben Sie die Postleitzahl an.
say-postcode-wrong = Diese Postleitzahl passt nicht zum Land. Prüfen Sie sie noch einmal.
say-country-wrong = In dieses Land liefern wir nicht. Wählen Sie eines aus der Liste.
say-too-long = Das ist zu lang oder enthält verborgene Zeichen, die sich nicht drucken lassen. Tippen Sie es noch einmal ein.
say-method-missing = Wählen Sie, wie geliefert werden soll.
say-payment-missing = Wählen Sie, wie Sie bezahlen möchten.
say-option-missing = Füllen Sie „{ $name }“ aus.
say-option-choose = Wählen Sie bei „{ $name }“ etwas aus.
say-option-tick = Setzen Sie bei „{ $name }“ ein Häkchen, um weiterzugehen.
say-option-long = „{ $name }“ ist zu lang oder enthält Zeichen, die sich nicht drucken lassen. Es passen { NUMBER($max) } Zeichen.
say-option-integer = „{ $name }“ ist eine ganze Zahl, zum Beispiel 12.
say-option-float = „{ $name }“ ist eine Zahl, zum Beispiel 2,5.
say-option-date = „{ $name }“ ist ein Tag, zum Beispiel 2026-11-24.
say-option-wrong = „{ $name }“ geht so nicht. Prüfen Sie Ihre Angabe.
say-quantity-wrong = Geben Sie eine ganze Zahl von 1 bis { NUMBER($max) } an.
say-added = In den Warenkorb gelegt.
say-units = { $count ->
    [one] 1 Artikel
   *[other] { NUMBER($count) } Artikel
}
say-price-changed = Der Preis von { $title } hat sich von { $before } auf { $now } geändert.
say-sold-out = { $title } ist ausverkauft. Entfernen Sie es, um weiterzugehen.
say-sold-out-now = Das ist gerade ausverkauft, es wurde nichts hinzugefügt. Wählen Sie etwas anderes oder kommen Sie später wieder.
say-short = { $count ->
    [one] Von { $title } ist nur noch 1 da. Verringern Sie die Menge, um weiterzugehen.
   *[other] Von { $title } sind nur noch { NUMBER($count) } da. Verringern Sie die Menge, um weiterzugehen.
}
say-line-gone = Das führen wir nicht mehr. Entfernen Sie es, um weiterzugehen.
say-gone = { $title } wird nicht mehr verkauft. Nehmen Sie es aus dem Warenkorb, dann geht es weiter.
say-held = { $minutes ->
    [one] Die letzten { $title } liegen gerade in einer anderen Kasse. Versuchen Sie es in 1 Minute noch einmal.
   *[other] Die letzten { $title } liegen gerade in einer anderen Kasse. Versuchen Sie es in { NUMBER($minutes) } Minuten noch einmal.
}
say-too-many-checkouts = { $minutes ->
    [one] Sie haben mehrere offene Zahlungen. Schließen Sie eine davon ab, oder versuchen Sie es in 1 Minute noch einmal.
   *[other] Sie haben mehrere offene Zahlungen. Schließen Sie eine davon ab, oder versuchen Sie es in { NUMBER($minutes) } Minuten noch einmal.
}
say-other-content = Ihr Warenkorb wurde inzwischen auf einer anderen Seite geändert, und es wurde nichts abgebucht. Bitte sehen Sie ihn noch einmal an, bevor Sie bezahlen.
say-bought = Ihre Zahlung ist da: Was Sie gekauft haben, liegt nicht mehr im Warenkorb. Die Bestätigung finden Sie in Ihren E-Mails.
say-not-delivered = Nach { $country } können wir das nicht schicken. Wählen Sie eine andere Adresse, oder nehmen Sie aus dem Warenkorb, was verschickt werden muss.
say-total-changed = Der Gesamtbetrag hat sich von { $before } auf { $now } geändert. Bitte sehen Sie ihn noch einmal an, bevor Sie bezahlen.
say-declined = Die Zahlung wurde abgelehnt und nichts abgebucht. Versuchen Sie es noch einmal oder wählen Sie eine andere Zahlungsart.
say-payment-cancelled = Sie sind zurückgekommen, ohne zu bezahlen: Es wurde nichts abgebucht, Warenkorb und Adresse sind noch da.
say-basket-full = Ihr Warenkorb fasst keine weitere Zeile.
say-discount-by-voucher = { $offer } (Gutschein { $code })
say-offer-until = Bis { $date }
say-upsell-units = { $missing ->
    [one] Noch 1 Stück aus { $range } für „{ $offer }“.
   *[other] Noch { NUMBER($missing) } Stück aus { $range } für „{ $offer }“.
}
say-upsell-products = { $missing ->
    [one] Noch 1 anderes Produkt aus { $range } für „{ $offer }“.
   *[other] Noch { NUMBER($missing) } andere Produkte aus { $range } für „{ $offer }“.
}
say-upsell-amount = Noch { $missing } aus { $range } für „{ $offer }“.
say-voucher-missing = Geben Sie den Code ein, der auf Ihrem Gutschein steht.
say-voucher-unknown = Einen Gutschein { $code } gibt es nicht. Sehen Sie noch einmal nach, wie er geschrieben wird.
say-voucher-not-yet = Der Gutschein { $code } gilt ab { $date }.
say-voucher-expired = Der Gutschein { $code } galt bis { $date }.
say-voucher-used-up = Der Gutschein { $code } ist schon eingelöst.
say-voucher-sign-in = Der Gutschein { $code } gilt für angemeldete Kunden.
say-voucher-used-by-you = Den Gutschein { $code } haben Sie schon eingelöst, und er gilt einmal für jeden Kunden.
say-voucher-there = Der Gutschein { $code } ist schon in Ihrem Warenkorb.
say-voucher-full = Ein Warenkorb nimmt höchstens { NUMBER($max) } Gutscheine. Entfernen Sie zuerst einen davon.
say-voucher-other-goods = Der Gutschein { $code } gilt nicht für das, was in Ihrem Warenkorb liegt.
say-voucher-nothing-more = Der Gutschein { $code } bringt bei diesem Warenkorb nichts mehr: Ein anderes Angebot gilt schon.
say-offer-used-up = { $what } ist gerade aufgebraucht, und es wurde nichts abgebucht. Bitte sehen Sie den Gesamtbetrag noch einmal an, bevor Sie bezahlen.
say-card-named = Geschenkgutschein ••••{ $last }
say-credit-named = Guthaben ••••{ $last }
say-paid-by-card = Geschenkgutschein
say-paid-by-credit = Guthaben
say-card-missing = Geben Sie den Code Ihres Geschenkgutscheins ein.
say-card-shape = Ein Code hat 16 Buchstaben und Ziffern, etwa 7KQ2-9XMB-T4WD-3HN5. Sehen Sie noch einmal nach, wie er geschrieben wird.
say-card-mistyped = Ein Buchstabe oder eine Ziffer dieses Codes ist vertippt. Vergleichen Sie ihn mit der E-Mail, in der er steht.
say-card-unknown = Diesen Code hat kein Geschenkgutschein. Vergleichen Sie ihn mit der E-Mail, in der er steht, oder schreiben Sie uns.
say-card-used-up = Auf diesem Geschenkgutschein ist nichts mehr.
say-card-expired = Dieser Geschenkgutschein galt bis { $date }.
say-card-blocked = Dieser Geschenkgutschein ist gesperrt. Schreiben Sie uns, wenn er es nicht sein sollte.
say-card-currency = Dieser Geschenkgutschein lautet auf { $currency }, und hier zahlen Sie in { $here }.
say-card-there = Dieser Geschenkgutschein wird für diese Bestellung schon eingelöst.
say-card-full = Höchstens { NUMBER($max) } Geschenkgutscheine zahlen für eine Bestellung. Entfernen Sie zuerst einen davon.
say-card-nothing-to-pay = Es ist nichts mehr offen, was dieser Geschenkgutschein zahlen darf. Geschenkgutscheine zahlen nicht für andere Geschenkgutscheine.
say-card-not-needed = Er wird nicht gebraucht: Was er zahlen darf, ist schon bezahlt.
say-card-short = Auf dem Geschenkgutschein ••••{ $last } ist weniger als vorher, und es wurde nichts abgebucht. Bitte sehen Sie, was noch zu zahlen ist.
say-offers-changed = Unsere Angebote haben sich gerade geändert, und es wurde nichts abgebucht. Bitte sehen Sie den Gesamtbetrag noch einmal an, bevor Sie bezahlen.
say-prices-unknown = Wir können Ihre Preise gerade nicht bestätigen, und nichts wurde berechnet. Bitte drücken Sie in einer Minute noch einmal.
say-goods = Produkte
say-delivery = Versand
say-delivery-later = wird an der Kasse berechnet
say-delivery-from = ab { $amount }, wählbar an der Kasse
say-delivery-free-hint = Noch { $amount } bis zum kostenlosen Versand.
say-delivery-least = Wir liefern ab einem Bestellwert von { $amount }. Legen Sie noch etwas in den Warenkorb.
say-delivery-too-much = Das ist mehr, als wir in einer Bestellung liefern können. Nehmen Sie etwas aus dem Warenkorb, oder schreiben Sie uns.
say-point-missing = Wählen Sie, wo Sie abholen möchten.
say-free = kostenlos
say-tax-in-total = inkl. { $amount } MwSt. ({ $rate })
say-tax-added = MwSt. ({ $rate })
say-named-tax-in-total = inkl. { $amount } { $name } ({ $rate })
say-tax-later = Die Steuer kommt hinzu, sobald wir Ihre Adresse kennen.
say-tax-reverse-charged = Ohne Umsatzsteuer: Sie versteuern den Erwerb selbst (innergemeinschaftliche Lieferung, Reverse Charge).
say-tax-export = Ohne Umsatzsteuer. Ihr Land kann bei der Einfuhr Zoll und Steuern erheben.
say-tax-exempt = Ohne Steuer: Sie sind befreit.
say-arrives-on = Ankunft { $day }.
say-arrives-between = Ankunft zwischen { $first } und { $last }.
say-ready-on = Abholbereit { $day }.
say-ready-between = Abholbereit zwischen { $first } und { $last }.
say-arrives-in = { $last ->
    [one] Ankunft in 1 Werktag.
   *[other] Ankunft in { NUMBER($last) } Werktagen.
}
say-arrives-days = Ankunft in { $first }–{ $last } Werktagen.
say-step-placed = Bestellt
say-step-paid = Bezahlt
say-step-sent = Verschickt
say-step-delivered = Angekommen
say-state-open = Wir machen Ihre Bestellung fertig.
say-state-due = Wir warten auf Ihre Zahlung.
say-state-part-sent = Ein Teil Ihrer Bestellung ist unterwegs.
say-state-sent = Ihre Bestellung ist unterwegs.
say-state-delivered = Ihre Bestellung ist angekommen.
say-state-cancelled = Diese Bestellung wurde storniert.
say-state-returned = Ihre Rücksendung ist angekommen.
say-next-invoice = Die Rechnung liegt im Paket; bitte zahlen Sie innerhalb von 14 Tagen.
say-next-due = Wir verschicken alles, sobald die Zahlung da ist.
say-next-sent = Wir schreiben Ihnen, sobald das Paket unterwegs ist.
say-next-rest = Wir schreiben Ihnen, sobald der Rest unterwegs ist.
say-paid-due = noch nicht bezahlt
say-paid-authorised = genehmigt, wird mit der Bestellung abgebucht
say-paid-part = teilweise bezahlt
say-paid = bezahlt
say-paid-part-refunded = teilweise erstattet
say-paid-refunded = erstattet
say-parcel-packed = Gepackt
say-parcel-sent = Verschickt
say-parcel-delivered = Zugestellt
say-parcel-returned = Zurückgekommen
say-cancelled = Ihre Bestellung wurde storniert. Was Sie bezahlt haben, ist auf dem Weg zurück.
say-cancel-too-late = Zum Stornieren ist es zu spät: Die Bestellung wird schon verschickt. Sie können sie nach der Ankunft widerrufen.
say-withdraw-nothing = Wählen Sie mindestens ein Stück, das Sie zurücksenden.
say-gateway-demo = Karte (Demo-Zahlungsseite)
say-gateway-demo-help = Sie zahlen auf der Seite unseres Zahlungspartners und kommen hierher zurück.
say-gateway-none = Nichts zu bezahlen
say-gateway-invoice = Rechnung
say-gateway-invoice-help = Die Rechnung liegt im Paket; Sie zahlen innerhalb von 14 Tagen.

## Dateien
download-button = Jetzt herunterladen
download-button-note = Erst dieser Knopf zählt als Download; diese Seite zu öffnen zählt nicht.
download-begun-title = Ihr Download beginnt
download-begun-text = Er beginnt von selbst. Wenn nicht, nutzen Sie diesen Link:
download-begun-note = { $hours ->
    [one] Er zählt einmal: 1 Stunde lang können Sie ihn abbrechen, fortsetzen oder mit diesem Link neu beginnen.
   *[other] Er zählt einmal: { NUMBER($hours) } Stunden lang können Sie ihn abbrechen, fortsetzen oder mit diesem Link neu beginnen.
}
say-download-left = { $most ->
    [one] { NUMBER($left) } von 1 Download übrig, bis { $until }
   *[other] { NUMBER($left) } von { NUMBER($most) } Downloads übrig, bis { $until }
}
say-download-not-paid = Bereit, sobald die Bestellung bezahlt ist; dann kommt der Link per E-Mail.
say-download-cancelled = Die Bestellung wurde storniert, ihre Dateien sind daher geschlossen.
say-download-refunded = Die Bestellung wurde erstattet, ihre Dateien sind daher geschlossen.
say-download-withdrawn = Sie haben diesen Kauf widerrufen, die Datei ist daher geschlossen.
say-download-closed = Die Datei ist geschlossen: Ihr Preis wurde erstattet. Schreiben Sie uns, wenn das nicht stimmt.
say-download-expired = Die Zeit für diesen Link ist vorbei. Sehen Sie auf Ihrer Bestellseite nach, der Link dazu steht in der Bestätigung; ist auch dort keine Zeit mehr, schreiben Sie uns.
say-download-used-up = { $most ->
    [one] Der eine Download ist verbraucht. Schreiben Sie uns, wenn Sie noch einen brauchen.
   *[other] Alle { NUMBER($most) } Downloads sind verbraucht. Schreiben Sie uns, wenn Sie noch einen brauchen.
}
say-download-unknown = Dieser Link führt zu keiner Datei: Er ist abgeschnitten, oder es gibt einen neueren. Öffnen Sie den Link in Ihrer E-Mail noch einmal oder den auf Ihrer Bestellseite.
say-download-missing = Die Datei kann gerade nicht gesendet werden. Es wurde kein Download gezählt. Versuchen Sie es später noch einmal, oder schreiben Sie uns und nennen Sie dieses Zeichen.
say-next-invoice-files = Wir schicken Ihnen die Rechnung; Ihre Dateien sind bereit, sobald sie bezahlt ist.
say-state-done = Ihre Bestellung ist erledigt.
