# Words of letters. Variables stand in { $braces }.

## Subjects
subject-placed = Your order { $number } at { $store }
subject-downloads = Your files of order { $number } at { $store }
subject-withdrawn = Receipt of your withdrawal from order { $number }
subject-cancelled = Your order { $number } is cancelled
subject-sent = A parcel of your order { $number } is on its way
subject-refunded = A refund for your order { $number }
subject-given-back = Your payment at { $store } is on its way back
subject-gift-card = A gift card for { $amount } from { $store }
subject-gift-card-from = { $giver } gives you { $amount } at { $store }
subject-credit = { $amount } to spend at { $store }
subject-link = Your order { $number } at { $store }: a new link

## In every letter
email = E-mail
phone = Phone
order-page = Your order page
next = What comes next
questions = Any question? Answer this mail or write to { $email }.

## The order
ordered = What you ordered
sku = Article no. { $sku }
each = { $unit } each
line-amounts = { $unit } each, { $total }
discount = { $offer }: −{ $amount }
discount-by-voucher = { $offer } (voucher { $code })
goods = Products
delivery = Delivery
free = free
total = Total
tax-included = { $name } ({ $rate }) included in it
tax-on-top = { $name } ({ $rate })
tax-reverse-charged = No VAT is charged: you account for it yourself (intra-Community supply, reverse charge).
tax-export = No VAT is charged. Your country may ask for duties and taxes when it arrives.
tax-exempt = No tax is charged: you are exempt.
your-vat-number = Your VAT number: { $number }
tax-added = VAT
payment = Payment
gateway-demo = Card
gateway-gift_card = Gift card
gateway-credit = Store credit
paid-by-gift_card = Gift card ••••{ $last }
paid-by-credit = Store credit ••••{ $last }
left-to-pay = Left to pay
gateway-none = Nothing to pay
gateway-none-next = There is nothing to pay.
gateway-invoice = Invoice
gateway-invoice-next-files = We send you the bill. Please pay it within 14 days; files are ready as soon as it is paid, and we write to you then.
gateway-invoice-next = The bill comes with the parcel. Please pay it within 14 days.
payment-due = not paid yet
payment-authorised = approved, taken together with your order
payment-part_paid = partly paid
payment-paid = paid
payment-part_refunded = partly refunded
payment-refunded = refunded
payment-voided = not charged
arrives-on = Arrives on { $day }.
arrives-between = Arrives between { $first } and { $last }.
delivery-address = Delivery address
ready-on = Ready to collect on { $day }.
ready-between = Ready to collect between { $first } and { $last }.
fetch-at = Collect from
billing-address = Billing address

## Order confirmation
placed-title = Thank you for your order
placed-text = We received your order { $number } on { $date } and accept it. Everything about it is in this mail: keep it.
next-ships = We pack your order and write again as soon as it leaves. You can see where it stands on your order page.
next-nothing-to-ship = Nothing has to be sent. You can see everything on your order page.
terms = Our terms

## Files
downloads = Your files
downloads-title = Your files are ready
downloads-text = Your order { $number } is paid. Here is what you bought as files:
downloads-most = { $most ->
    [one] 1 download, until { $until }
   *[other] { $most } downloads, until { $until }
}
downloads-how = Each link opens a page with a button; only pressing it counts. Who has a link can fetch the file: keep it to yourself. Your order page has the links, too, and shows how many downloads are left.

## Right of withdrawal
withdrawal-title = Your right to withdraw
withdrawal-period = { $days ->
    [one] You may withdraw from this contract within 1 day without giving a reason.
   *[other] You may withdraw from this contract within { $days } days without giving a reason.
 } The time runs from the day on which you, or somebody you named who is not the carrier, received the goods; if they come in several parcels, the last of them; if nothing is sent, from the day of the contract.
withdrawal-how = To withdraw, tell us so clearly before the time is over: on your order page under “Withdraw from contract here”, by e-mail to { $email }, or by letter to our address. You may use the form below, but need not. It is enough that you send it in time.
withdrawal-refund = We then pay back all that you paid us, with the cost of delivery (but not the extra cost of a dearer way of delivery than our cheapest standard one), at once and at the latest 14 days after we heard from you, by the means that you paid with unless we agreed on another, and without any fee. We may wait until we have the goods back or you have shown that you sent them, whichever is earlier.
withdrawal-returns = Send the goods back or hand them over without delay, at the latest 14 days after you told us; it is enough to send them within that time. You bear the direct cost of sending them back. You pay for a loss in value only if it comes from handling the goods beyond what is needed to see what they are, what they are like and how they work.
withdrawal-online = Withdraw online
form-title = Model withdrawal form
form-note = Fill it in and send it back only if you want to withdraw from the contract.
form-to = To
form-declaration = I/we (*) withdraw from my/our (*) contract of sale of these goods / provision of this service (*):
form-dates = Ordered on / received on (*)
form-order = Order number
form-name = Name of the consumer(s)
form-address = Address of the consumer(s)
form-signature = Signature of the consumer(s), only if this form is on paper
form-date = Date
form-footnote = (*) Strike out what does not apply.

## Receipt of a withdrawal
withdrawn-title = We received your withdrawal
withdrawn-text = Your withdrawal reached us on { $received }. This mail is the receipt: keep it.
withdrawn-content = What you declared
withdrawn-statement = { $name } withdraws from the contract of order { $number } of { $date } for:
withdrawn-received = Received
withdrawn-returns = If you have the goods already, send them back to our address below within 14 days. Put your order number into the parcel.
withdrawn-refund = We pay back what you paid for them at the latest 14 days after we received your withdrawal, by the means that you paid with. We may wait until the goods are back or you have shown that you sent them.

## Cancelled
cancelled-title = Your order is cancelled
cancelled-text = Your order { $number } of { $date } is cancelled. Nothing will be sent.
cancelled-reason = The reason: { $reason }
cancelled-refund = We pay back { $amount } by the means that you paid with. It can take a few days until your bank shows it.
cancelled-nothing-paid = Nothing was charged, so there is nothing that you have to do.

## Parcel
sent-title = Your parcel is on its way
sent-text = This has left us for your order { $number }:
sent-more = The rest of your order follows. We write again when it leaves.
carrier = Carrier
tracking = Tracking number
track = Follow the parcel

## Refund
refunded-title = Your refund is on its way
refunded-text = We paid back { $amount } for your order { $number }.
refunded-means = It goes to: { $payment }
refunded-wait = It can take a few days until your bank shows it.

## Goods gone when the payment came
given-back-title = Your money is on its way back
given-back-text = When your payment of { $amount } arrived, the last of what you wanted was gone. No order was made of it, and nothing will be sent. We pay back all of it by the means that you paid with.

## New link
link-title = The link to your order
link-text = Somebody, most likely you, asked for a new link to order { $number }. Here it is:
link-until = It works until { $until }.
link-private = Who has the link can see the order: pass it on only to people whom you trust.
link-unasked = You did not ask for it? Then you need not do anything.

## Gift card
gift-card-title = A gift card for { $amount }
gift-card-text = Here is a gift card for { $amount } to spend at { $store }.
gift-card-from = { $giver } gives you { $amount } to spend at { $store }.
credit-title = { $amount } to spend
credit-text = We have given you { $amount } to spend at { $store }.
credit-of-order = We have paid back { $amount } for your order { $number } as store credit.
card-code = Your code
card-how = Type the code at the checkout, under “Gift card or store credit”. What you do not spend stays on it for next time.
card-until = It can be spent until { $day }.
card-private = Who has the code can spend it: keep it as you keep money.
card-shop = Go to { $store }

## Days
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
date-weekday = { $weekday }, { $day } { $month }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
