# Worte der Briefe. Veränderliches steht in { $klammern }.

## Betreffzeilen
subject-placed = Ihre Bestellung { $number } bei { $store }
subject-downloads = Ihre Dateien zu Bestellung { $number } bei { $store }
subject-withdrawn = Eingang Ihres Widerrufs zu Bestellung { $number }
subject-cancelled = Ihre Bestellung { $number } ist storniert
subject-sent = Ein Paket Ihrer Bestellung { $number } ist unterwegs
subject-refunded = Erstattung zu Ihrer Bestellung { $number }
subject-given-back = Ihre Zahlung bei { $store } ist auf dem Weg zurück
subject-gift-card = Ein Geschenkgutschein über { $amount } von { $store }
subject-gift-card-from = { $giver } schenkt Ihnen { $amount } bei { $store }
subject-credit = { $amount } Guthaben bei { $store }
subject-link = Ihre Bestellung { $number } bei { $store }: ein neuer Link

## In jedem Brief
email = E-Mail
phone = Telefon
order-page = Ihre Bestellseite
next = Wie es weitergeht
questions = Fragen? Antworten Sie auf diese E-Mail oder schreiben Sie an { $email }.

## Die Bestellung
ordered = Was Sie bestellt haben
sku = Artikelnr. { $sku }
each = je { $unit }
line-amounts = je { $unit }, { $total }
discount = { $offer }: −{ $amount }
discount-by-voucher = { $offer } (Gutschein { $code })
goods = Produkte
delivery = Versand
free = kostenlos
total = Gesamt
tax-included = Darin enthalten: { $name } ({ $rate })
tax-on-top = { $name } ({ $rate })
tax-reverse-charged = Ohne Umsatzsteuer: Sie versteuern den Erwerb selbst (innergemeinschaftliche Lieferung, Reverse Charge).
tax-export = Ohne Umsatzsteuer. Ihr Land kann bei der Einfuhr Zoll und Steuern erheben.
tax-exempt = Ohne Steuer: Sie sind befreit.
your-vat-number = Ihre USt-IdNr.: { $number }
tax-added = MwSt.
payment = Zahlung
gateway-demo = Karte
gateway-gift_card = Geschenkgutschein
gateway-credit = Guthaben
paid-by-gift_card = Geschenkgutschein ••••{ $last }
paid-by-credit = Guthaben ••••{ $last }
left-to-pay = Noch zu zahlen
gateway-none = Nichts zu bezahlen
gateway-none-next = Es ist nichts zu bezahlen.
gateway-invoice = Rechnung
gateway-invoice-next-files = Wir schicken Ihnen die Rechnung. Bitte zahlen Sie innerhalb von 14 Tagen; Dateien sind bereit, sobald sie bezahlt ist, und dann schreiben wir Ihnen.
gateway-invoice-next = Die Rechnung liegt im Paket. Bitte zahlen Sie innerhalb von 14 Tagen.
payment-due = noch nicht bezahlt
payment-authorised = genehmigt, wird mit der Bestellung abgebucht
payment-part_paid = teilweise bezahlt
payment-paid = bezahlt
payment-part_refunded = teilweise erstattet
payment-refunded = erstattet
payment-voided = nicht abgebucht
arrives-on = Ankunft { $day }.
arrives-between = Ankunft zwischen { $first } und { $last }.
delivery-address = Lieferadresse
ready-on = Abholbereit { $day }.
ready-between = Abholbereit zwischen { $first } und { $last }.
fetch-at = Abholen bei
billing-address = Rechnungsadresse

## Bestellbestätigung
placed-title = Vielen Dank für Ihre Bestellung
placed-text = Ihre Bestellung { $number } ist am { $date } bei uns eingegangen, und wir nehmen sie an. In dieser E-Mail steht alles dazu: Bewahren Sie sie auf.
next-ships = Wir packen Ihre Bestellung und schreiben Ihnen, sobald sie das Haus verlässt. Wo sie steht, sehen Sie auf Ihrer Bestellseite.
next-nothing-to-ship = Verschickt werden muss nichts. Alles sehen Sie auf Ihrer Bestellseite.
terms = Unsere AGB

## Dateien
downloads = Ihre Dateien
downloads-title = Ihre Dateien sind bereit
downloads-text = Ihre Bestellung { $number } ist bezahlt. Das haben Sie als Datei gekauft:
downloads-most = { $most ->
    [one] 1 Download, bis { $until }
   *[other] { $most } Downloads, bis { $until }
}
downloads-how = Jeder Link öffnet eine Seite mit einem Knopf; erst wer ihn drückt, zählt einen Download. Wer einen Link hat, kann die Datei laden: Behalten Sie ihn für sich. Die Links stehen auch auf Ihrer Bestellseite, dort sehen Sie, wie viele Downloads übrig sind.
## Geschenkgutschein
gift-card-title = Ein Geschenkgutschein über { $amount }
gift-card-text = Hier ist ein Geschenkgutschein über { $amount } für { $store }.
gift-card-from = { $giver } schenkt Ihnen { $amount } für { $store }.
credit-title = { $amount } Guthaben
credit-text = Wir haben Ihnen { $amount } Guthaben bei { $store } gegeben.
credit-of-order = Wir haben { $amount } für Ihre Bestellung { $number } als Guthaben zurückgezahlt.
card-code = Ihr Code
card-how = Geben Sie den Code an der Kasse unter „Geschenkgutschein oder Guthaben“ ein. Was Sie nicht ausgeben, bleibt für das nächste Mal darauf.
card-until = Er gilt bis { $day }.
card-private = Wer den Code hat, kann ihn ausgeben: Bewahren Sie ihn auf wie Geld.
card-shop = Zu { $store }

## Widerrufsrecht
withdrawal-title = Ihr Widerrufsrecht
withdrawal-period = { $days ->
    [one] Sie können diesen Vertrag innerhalb von 1 Tag ohne Angabe von Gründen widerrufen.
   *[other] Sie können diesen Vertrag innerhalb von { $days } Tagen ohne Angabe von Gründen widerrufen.
 } Die Frist läuft ab dem Tag, an dem Sie oder jemand, den Sie benannt haben und der nicht der Beförderer ist, die Waren erhalten haben; kommen sie in mehreren Paketen, ab dem letzten; wird nichts verschickt, ab dem Tag des Vertrags.
withdrawal-how = Um zu widerrufen, sagen Sie es uns eindeutig, bevor die Frist vorbei ist: auf Ihrer Bestellseite unter „Vertrag hier widerrufen“, per E-Mail an { $email } oder mit einem Brief an unsere Adresse. Sie können dafür das Formular unten nehmen, müssen es aber nicht. Es genügt, dass Sie den Widerruf rechtzeitig abschicken.
withdrawal-refund = Wir zahlen Ihnen dann alles zurück, was wir von Ihnen erhalten haben, auch die Versandkosten (nicht aber die Mehrkosten einer teureren Versandart als unserer günstigsten Standardlieferung), unverzüglich und spätestens 14 Tage nachdem Ihr Widerruf bei uns ist, auf dem Weg, auf dem Sie bezahlt haben, wenn nichts anderes vereinbart ist, und ohne Gebühr. Wir dürfen damit warten, bis die Waren zurück sind oder Sie gezeigt haben, dass Sie sie abgeschickt haben, je nachdem, was früher ist.
withdrawal-returns = Schicken oder bringen Sie uns die Waren unverzüglich zurück, spätestens 14 Tage nach Ihrem Widerruf; es genügt, sie in dieser Zeit abzuschicken. Die unmittelbaren Kosten der Rücksendung tragen Sie. Für einen Wertverlust kommen Sie nur auf, wenn er von einem Umgang mit den Waren kommt, der über das hinausgeht, was nötig ist, um Beschaffenheit, Eigenschaften und Funktion zu prüfen.
withdrawal-online = Online widerrufen
form-title = Muster-Widerrufsformular
form-note = Füllen Sie es nur aus und schicken es zurück, wenn Sie den Vertrag widerrufen wollen.
form-to = An
form-declaration = Hiermit widerrufe(n) ich/wir (*) den von mir/uns (*) geschlossenen Vertrag über den Kauf dieser Waren / die Erbringung dieser Dienstleistung (*):
form-dates = Bestellt am / erhalten am (*)
form-order = Bestellnummer
form-name = Name des/der Verbraucher(s)
form-address = Anschrift des/der Verbraucher(s)
form-signature = Unterschrift des/der Verbraucher(s), nur wenn dieses Formular auf Papier ist
form-date = Datum
form-footnote = (*) Streichen Sie, was nicht zutrifft.

## Eingang eines Widerrufs
withdrawn-title = Ihr Widerruf ist da
withdrawn-text = Ihr Widerruf ist am { $received } bei uns eingegangen. Diese E-Mail ist die Bestätigung: Bewahren Sie sie auf.
withdrawn-content = Was Sie erklärt haben
withdrawn-statement = { $name } widerruft den Vertrag zu Bestellung { $number } vom { $date } über:
withdrawn-received = Eingegangen
withdrawn-returns = Wenn Sie die Waren schon haben, schicken Sie sie innerhalb von 14 Tagen an unsere Adresse unten. Legen Sie Ihre Bestellnummer ins Paket.
withdrawn-refund = Was Sie dafür bezahlt haben, zahlen wir spätestens 14 Tage nach Eingang Ihres Widerrufs auf dem Weg zurück, auf dem Sie bezahlt haben. Wir dürfen damit warten, bis die Waren zurück sind oder Sie gezeigt haben, dass Sie sie abgeschickt haben.

## Storniert
cancelled-title = Ihre Bestellung ist storniert
cancelled-text = Ihre Bestellung { $number } vom { $date } ist storniert. Es wird nichts verschickt.
cancelled-reason = Der Grund: { $reason }
cancelled-refund = Wir zahlen { $amount } auf dem Weg zurück, auf dem Sie bezahlt haben. Bis Ihre Bank es zeigt, kann es einige Tage dauern.
cancelled-nothing-paid = Es wurde nichts abgebucht, Sie müssen also nichts tun.

## Paket
sent-title = Ihr Paket ist unterwegs
sent-text = Das haben wir zu Ihrer Bestellung { $number } verschickt:
sent-more = Der Rest Ihrer Bestellung folgt. Wir schreiben Ihnen, sobald er das Haus verlässt.
carrier = Versanddienst
tracking = Sendungsnummer
track = Sendung verfolgen

## Erstattung
refunded-title = Ihre Erstattung ist unterwegs
refunded-text = Wir haben { $amount } zu Ihrer Bestellung { $number } zurückgezahlt.
refunded-means = Das Geld geht an: { $payment }
refunded-wait = Bis Ihre Bank es zeigt, kann es einige Tage dauern.

## Ware weg, als die Zahlung kam
given-back-title = Ihr Geld ist auf dem Weg zurück
given-back-text = Als Ihre Zahlung von { $amount } ankam, war das Letzte davon schon verkauft. Es ist keine Bestellung daraus geworden, und es wird nichts verschickt. Wir zahlen alles auf dem Weg zurück, auf dem Sie bezahlt haben.

## Neuer Link
link-title = Der Link zu Ihrer Bestellung
link-text = Jemand, vermutlich Sie, hat einen neuen Link zu Bestellung { $number } angefordert. Hier ist er:
link-until = Er gilt bis { $until }.
link-private = Wer den Link hat, kann die Bestellung sehen: Geben Sie ihn nur weiter, wem Sie vertrauen.
link-unasked = Sie haben ihn nicht angefordert? Dann müssen Sie nichts tun.

## Tage
date = { $day }. { $month } { $year }
date-time = { $date }, { $time }
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
