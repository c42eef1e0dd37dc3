# Words of the shop. Variables stand in { $braces }; NUMBER() prints a number as the language groups it.

## Around every page
skip-to-content = Skip to content
menu = Menu
menu-label = Categories
search-label = Search the shop
search-placeholder = What are you looking for?
search-button = Search
hello = Hello
basket = Basket
basket-items-hint = in your basket
help-title = Help and contact
footer-title = Good to know
footer-label = About the shop
locale-title = Country and language
locale-label = Country and language
terms = Terms
privacy = Privacy
returns = Returns
optional = (optional)
change = Change
total = Total
total-without-delivery = Total without delivery
yes = Yes
no = No

## Home and lists
home-welcome = Welcome to { $store }
home-look-at = Look at { $name }
home-categories = Browse the shop
see-all = See all
popular = Popular right now
recently-viewed = Seen recently
recommendations = Goes well with it
products = Products
subcategories = Narrower categories
breadcrumbs-label = You are here
card-variants = { $count ->
    [one] 1 variant
   *[other] { NUMBER($count) } variants
}
rating-label = { $count ->
    [one] { $average } out of 5 stars, 1 review
   *[other] { $average } out of 5 stars, { NUMBER($count) } reviews
}
listing-total = { $count ->
    [0] No products
    [one] 1 product
   *[other] { NUMBER($count) } products
}
filters = Filter and sort
filters-apply = Show results
filters-applied = Filters in use
filters-clear = Clear all
filter-remove = – remove this filter
facet-stock = Availability
facet-stock-in = In stock
facet-rating = Reviews
facet-rating-from = { $stars ->
    [one] 1 star and more
   *[other] { NUMBER($stars) } stars and more
}
facet-price = Price
facet-more = { $count ->
    [one] 1 more
   *[other] { NUMBER($count) } more
}
applied-price = Price: { $min } – { $max }
price-min = From
price-max = To
sort-label = Sort by
sort-relevance = Best match
sort-recommended = Recommended
sort-best-selling = Best selling
sort-newest = Newest
sort-price = Price, low to high
sort-price-down = Price, high to low
sort-name = Name
load-more = Show more products
pages-label = Pages
page = Page
page-previous = Previous
page-next = Next

## Search
search-title = Results for “{ $words }”
search-corrected = Nothing matches exactly. These are results for “{ $words }”.
search-nothing = We found nothing for “{ $words }”.
search-did-you-mean = Did you mean
search-tip-spelling = Check the spelling, or try another word for it.
search-tip-fewer = Fewer words find more.
search-categories = Or look around here

## Prices and stock
price-from = from { $amount }
price-prior-label = before
price-prior-note = Struck through: the lowest price of the last 30 days.
price-tier = from { $units }: { $amount } each
price-reduction = −{ $percent }%
tax-included = incl. VAT
tax-excluded = excl. VAT
prices-included = All prices incl. VAT, plus delivery.
prices-excluded = All prices excl. VAT, plus delivery.
prices-without-tax = All prices plus delivery.
availability-available = In stock
availability-few_left = Only a few left
availability-sold_out = Sold out
availability-not_for_sale = Not for sale at the moment
unit-kg = kg
unit-l = l
unit-m = m
unit-m2 = m²
unit-piece = piece

## Product page
variant-choice = Choose
option-choose = Please choose
quantity = Quantity
quantity-less = One less
quantity-more = One more
quantity-times = { $quantity } × { $price }
add-to-basket = Add to basket
add-title-to-basket = Add { $title } to basket
gallery-label = Pictures
gallery-zoom = Enlarge
gallery-show = Show picture { $number }
delivery-from = Delivery from { $amount }
delivery-free = Free delivery
delivery-free-from = free from { $amount }
delivery-more = More about delivery
download-note = A download: the link comes by e-mail as soon as it is paid.
returns-note = { $days ->
    [one] Send it back within 1 day if you change your mind.
   *[other] Send it back within { NUMBER($days) } days if you change your mind.
}
returns-more = More about returns
product-description = Description
product-details = Details
product-sku = Article number
product-maker = Maker
product-eu-contact = Responsible in the EU
file-open = Open the file

## Basket
basket-title = Your basket
say-basket-about = What you have chosen, what it costs, and the way to the checkout.
basket-lines = Products in your basket
basket-empty = Your basket is empty.
basket-unit-price = { $price } each
basket-quantity-of = Quantity of { $title }
basket-update = Update
basket-remove = Remove
say-gone-title = A product that is no longer sold
basket-removed = { $title } was removed.
basket-undo = Undo
basket-country = Deliver to
basket-country-take = Update delivery
basket-checkout = Go to checkout
basket-blocked = Change the marked lines first, then you can go to the checkout.
offers-title = Offers
offers-none = There are no offers just now.
offer-open = Use this offer
offer-all-goods = To all products
offer-categories = Where it counts
offer-goods = Products that count
voucher-title = Have a voucher?
voucher-code = Voucher code
voucher-use = Use voucher
voucher-remove = Remove
voucher-list = Vouchers in your basket
card-title = Gift card or store credit?
card-code = Code of the gift card or credit
card-use = Use it
card-remove = Remove
card-list = Gift cards for this order
left-to-pay = Left to pay
keep-shopping = Keep shopping
summary-title = Your order
added-title = Added to your basket
added-basket-total = Basket total
added-to-basket-page = See basket

## Checkout
checkout-secure = Secure checkout
say-checkout-about = Where it goes, how it comes, and how you pay: nothing more is asked.
checkout-steps = Steps of the checkout
checkout-step-address = Address
checkout-step-delivery = Delivery
checkout-step-pay = Review and pay
checkout-contact = Contact
checkout-delivery-address = Delivery address
checkout-billing-address = Billing address
checkout-to-delivery = Continue to delivery
checkout-to-review = Continue to review
checkout-back-basket = Back to basket
checkout-back-address = Back to address
checkout-back-delivery = Back to delivery
checkout-privacy = How we handle your data
checkout-deliver-to = Deliver to
checkout-method = How should it be sent?
checkout-your-address = Your address
checkout-fetch-at = Collect from
checkout-fetch-hint = You can also collect your order: give your own address here, and choose where on the next page.
checkout-point = Pick-up point
checkout-point-choose = Choose a pick-up point
checkout-billing-your = The address above
checkout-nothing-to-send = Nothing in this order has to be sent.
checkout-billing-same = The same as the delivery address
checkout-billing-same-short = Same as the delivery address
checkout-payment = Payment
checkout-terms = Our terms apply to this order
checkout-right-of-withdrawal = Your right of withdrawal
checkout-pay = Pay { $amount }
checkout-place = Place order
address-email = E-mail
address-email-why = For the confirmation and news of your parcel. Nothing else.
address-name = Full name
address-line1 = Street and house number
address-line2 = Flat, floor, building
address-postcode = Postcode
address-city = Town or city
address-region = County or state
address-country = Country
address-company = Company
address-phone = Telephone
address-phone-why = Only for the carrier, if they cannot find you.
address-business = Buying for a business?
vat-number = VAT number
vat-number-why = Of a business in another EU country, with its country in front: FR40303265045. No VAT is charged then.
address-more = Add company, flat, county or telephone
form-required-note = Fields marked * are required.
form-errors = { $count ->
    [one] One thing needs your attention
   *[other] { NUMBER($count) } things need your attention
}

## While a payment is on its way
payment-pending-title = Your payment is on its way
payment-pending-text = We are waiting for the payment of { $amount } to be confirmed. This page looks again by itself. You need not pay a second time.
payment-pending-action = Look again
payment-pending-go-on = Back to the payment page
payment-review-title = Your payment is being checked
payment-review-text = What the payment service told us about { $amount } does not fit your order, so somebody of us looks at it before anything is sent. Please do not pay a second time: we write to you.
payment-review-action = To the home page
payment-given-back-title = Your money is on its way back
payment-given-back-text = When your payment of { $amount } arrived, the last of what you wanted was gone. The whole amount goes back the way it came, and an e-mail says so. It can take a few days until your bank shows it.
payment-given-back-action = See basket
payment-elsewhere-title = Back from paying?
payment-elsewhere-text = This browser does not know the payment, so nothing of it is shown here. If your payment has arrived, the confirmation with the link to your order is in your e-mail.
payment-elsewhere-action = To the home page
payment-declined-title = The payment did not go through
payment-declined-text = Nothing was charged, and your basket and address are kept. Try again or choose another way to pay.
payment-declined-action = Choose how to pay
payment-expired-title = The time to pay has run out
payment-expired-text = Nothing was charged, and your basket and address are kept. You can start the payment anew.
payment-expired-action = Back to payment
payment-unavailable-title = Paying does not work right now
payment-unavailable-text = Nothing was charged, and your basket is kept. Please try again in a few minutes.
payment-unavailable-action = Try again

## Order
order-thanks = Thank you for your order
order-thanks-text = Your order number is { $number }. A confirmation is on its way to { $email }.
order-title = Order { $number }
order-placed = Placed on { $date }
order-state-label = Where your order stands
order-step-done = done
order-step-next = next
order-lines = What you ordered
order-downloads = Your files
order-facts = Details
order-number = Order number
order-date = Date
order-tracking = Tracking { $number }
order-actions = What you can do
order-print = Print this page
order-print-note = Keep the address of this page: it shows your order whenever you come back.
order-cancel = Cancel this order
order-cancel-text = Nothing has been sent yet, so you can still cancel. What you paid is given back.
order-cancel-confirm = Cancel order { $number }
withdraw-here = Withdraw from contract here
withdraw-title = Withdraw from the contract
withdraw-text = You can withdraw from order { $number } without giving a reason. Choose what you send back, and confirm.
withdraw-until = Until { $date }.
withdraw-email-why = The receipt of your withdrawal goes here.
withdraw-lines = What you withdraw from, and how many
withdraw-confirm = Confirm withdrawal
withdraw-back = Back to the order
withdraw-received-title = We have your withdrawal
withdraw-received-text = Your withdrawal from order { $number } reached us on { $date }. The receipt is on its way to { $email }, with how to send things back.

## Static pages and errors
text-pages-label = More about the shop
error-home = To the home page
error-reference = If you write to us, name this reference:
error-400-title = We could not read that
error-400-text = Something in the address or the form did not make sense. Go back and try again.
error-403-title = That came from another page
error-403-text = We only take forms from our own pages. Open the page here in the shop and send it again.
error-404-title = This page is not here
error-404-text = It may have moved, or the address has a typing mistake. Search above, or look at what others like.
error-409-title = That does not fit any more
error-409-text = Something changed meanwhile. Go back, load the page again and try once more.
error-410-title = This product is gone
error-410-text = We no longer sell it. Something like it may be below.
error-413-title = That was too much
error-413-text = The form holds more than we can take. Go back, shorten what you wrote and send it again.
error-422-title = Something does not fit yet
error-422-text = Go back, check what you filled in and send it again.
error-429-title = That was a lot at once
error-429-text = Please wait a minute, then try again.
error-500-title = Something went wrong here
error-500-text = It is our fault, and we have been told. Please try again in a moment.
error-503-title = The checkout cannot be reached right now
error-503-text = Your basket is kept. You can go on looking around; please try again in a few minutes.

## Dates
date = { $day } { $month } { $year }
date-weekday = { $weekday } { $day } { $month }
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

## What the shop says of a form or an order (chosen by the program, not by a template)
say-email-wrong = Enter an e-mail address such as ann@example.org.
say-name-missing = Enter your full name.
say-line1-missing = Enter your street and house number.
say-city-missing = Enter your town or city.
say-region-missing = Enter your state or region: the tax depends on it.
say-vat-number-no-country = A VAT number begins with its country, such as FR40303265045.
say-vat-number-country = We do not know VAT numbers of that country. Leave the field empty to buy with VAT.
say-vat-number-shape = That is not how VAT numbers of that country look. Compare it with your papers.
say-vat-number-digits = A digit of that VAT number is wrong. Compare it with your papers.
say-vat-number-refused = The EU's register does not know that VAT number. Correct it, or leave the field empty to buy with VAT.
say-vat-number-unchecked = We could not check your VAT number just now, so VAT is charged. You can go back in a few minutes and try again, or buy now.
say-postcode-missing = Enter your postcode.
say-postcode-wrong = This postcode does not fit the country. Check it once more.
say-country-wrong = We do not deliver to this country. Choose one from the list.
say-too-long = This is too long, or holds hidden characters that cannot be printed. Type it once more.
say-method-missing = Choose how it should be sent.
say-payment-missing = Choose how you want to pay.
say-option-missing = Fill in “{ $name }”.
say-option-choose = Choose from “{ $name }”.
say-option-tick = Tick “{ $name }” to go on.
say-option-long = “{ $name }” is too long, or holds characters that cannot be printed. { NUMBER($max) } characters fit.
say-option-integer = “{ $name }” takes a whole number, such as 12.
say-option-float = “{ $name }” takes a number, such as 2.5.
say-option-date = “{ $name }” takes a day, such as 2026-11-24.
say-option-wrong = “{ $name }” cannot be like this. Check what you filled in.
say-quantity-wrong = Enter a whole number from 1 to { NUMBER($max) }.
say-added = Added to your basket.
say-units = { $count ->
    [one] 1 item
   *[other] { NUMBER($count) } items
}
say-price-changed = The price of { $title } changed from { $before } to { $now }.
say-sold-out = { $title } is sold out. Remove it to go on.
say-sold-out-now = This is sold out just now, so nothing was added. Choose another one, or come back later.
say-short = { $count ->
    [one] Only 1 of { $title } is left. Lower the quantity to go on.
   *[other] Only { NUMBER($count) } of { $title } are left. Lower the quantity to go on.
}
say-line-gone = We no longer sell this. Remove it to go on.
say-gone = { $title } is no longer sold. Remove it from your basket to go on.
say-held = { $minutes ->
    [one] The last ones of { $title } are in somebody’s checkout. Try again in 1 minute.
   *[other] The last ones of { $title } are in somebody’s checkout. Try again in { NUMBER($minutes) } minutes.
}
say-too-many-checkouts = { $minutes ->
    [one] You have several payments open. Finish one of them, or try again in 1 minute.
   *[other] You have several payments open. Finish one of them, or try again in { NUMBER($minutes) } minutes.
}
say-other-content = Your basket was changed on another page meanwhile, and nothing was charged. Please look at it again before you pay.
say-bought = Your payment arrived: what you bought is no longer in your basket. The confirmation is in your e-mail.
say-not-delivered = We cannot send this to { $country }. Choose another address, or remove from your basket what has to be sent.
say-total-changed = The total changed from { $before } to { $now }. Please look at it again before you pay.
say-declined = The payment was declined and nothing was charged. Try again or choose another way to pay.
say-payment-cancelled = You came back without paying: nothing was charged, and your basket and address are kept.
say-basket-full = Your basket cannot take another line.
say-discount-by-voucher = { $offer } (voucher { $code })
say-offer-until = Until { $date }
say-upsell-units = { $missing ->
    [one] Add 1 more from { $range } for “{ $offer }”.
   *[other] Add { NUMBER($missing) } more from { $range } for “{ $offer }”.
}
say-upsell-products = { $missing ->
    [one] Add 1 other product from { $range } for “{ $offer }”.
   *[other] Add { NUMBER($missing) } other products from { $range } for “{ $offer }”.
}
say-upsell-amount = Add { $missing } more from { $range } for “{ $offer }”.
say-voucher-missing = Type the code that stands on your voucher.
say-voucher-unknown = There is no voucher { $code }. Look again at how it is written.
say-voucher-not-yet = Voucher { $code } can be used from { $date } on.
say-voucher-expired = Voucher { $code } ended on { $date }.
say-voucher-used-up = Voucher { $code } has been used already.
say-voucher-sign-in = Voucher { $code } is for customers who have signed in.
say-voucher-used-by-you = You have used voucher { $code } before, and it works once for each customer.
say-voucher-there = Voucher { $code } is in your basket already.
say-voucher-full = A basket takes at most { NUMBER($max) } vouchers. Remove one of them first.
say-voucher-other-goods = Voucher { $code } is not for what is in your basket.
say-voucher-nothing-more = Voucher { $code } takes nothing more off this basket: another offer is there already.
say-offer-used-up = { $what } has just been used up, and nothing was charged. Please look at the total again before you pay.
say-card-named = Gift card ••••{ $last }
say-credit-named = Store credit ••••{ $last }
say-paid-by-card = Gift card
say-paid-by-credit = Store credit
say-card-missing = Type the code of your gift card.
say-card-shape = A code has 16 letters and digits, such as 7KQ2-9XMB-T4WD-3HN5. Look again at how it is written.
say-card-mistyped = A letter or digit of this code is mistyped. Compare it with the mail that brought it.
say-card-unknown = No gift card has this code. Compare it with the mail that brought it, or write to us.
say-card-used-up = Nothing is left on this gift card.
say-card-expired = This gift card could be spent until { $date }.
say-card-blocked = This gift card is blocked. Write to us if you think that it should not be.
say-card-currency = This gift card is in { $currency }, and here you pay in { $here }.
say-card-there = This gift card is used for this order already.
say-card-full = At most { NUMBER($max) } gift cards pay for one order. Remove one of them first.
say-card-nothing-to-pay = Nothing is left that this gift card may pay for. Gift cards do not pay for other gift cards.
say-card-not-needed = It is not needed: what it may pay for is paid already.
say-card-short = Less is left on the gift card ••••{ $last } than before, and nothing was charged. Please look at what is left to pay.
say-offers-changed = Our offers have just changed, and nothing was charged. Please look at the total again before you pay.
say-prices-unknown = We cannot confirm your prices right now, and nothing was charged. Please press the button again in a minute.
say-goods = Products
say-delivery = Delivery
say-delivery-later = worked out in the checkout
say-delivery-from = from { $amount }, chosen in the checkout
say-delivery-free-hint = { $amount } more for free delivery.
say-delivery-least = We send orders from { $amount } on. Add something more to your basket.
say-delivery-too-much = This is more than we can send in one order. Take something out of your basket, or write to us.
say-point-missing = Choose where you want to collect it.
say-free = free
say-tax-in-total = incl. { $amount } VAT ({ $rate })
say-tax-added = VAT ({ $rate })
say-named-tax-in-total = incl. { $amount } { $name } ({ $rate })
say-tax-later = Tax is added once we know your address.
say-tax-reverse-charged = No VAT is charged: you account for it yourself (intra-Community supply, reverse charge).
say-tax-export = No VAT is charged. Your country may ask for duties and taxes when it arrives.
say-tax-exempt = No tax is charged: you are exempt.
say-arrives-on = Arrives { $day }.
say-arrives-between = Arrives between { $first } and { $last }.
say-ready-on = Ready to collect on { $day }.
say-ready-between = Ready to collect between { $first } and { $last }.
say-arrives-in = { $last ->
    [one] Arrives in 1 working day.
   *[other] Arrives in { NUMBER($last) } working days.
}
say-arrives-days = Arrives in { $first }–{ $last } working days.
say-step-placed = Ordered
say-step-paid = Paid
say-step-sent = Sent
say-step-delivered = Delivered
say-state-open = We are getting your order ready.
say-state-due = We are waiting for your payment.
say-state-part-sent = A part of your order is on its way.
say-state-sent = Your order is on its way.
say-state-delivered = Your order has arrived.
say-state-cancelled = This order was cancelled.
say-state-returned = Your return has arrived.
say-next-invoice = The bill comes with the parcel; please pay it within 14 days.
say-next-due = We send everything as soon as the payment is there.
say-next-sent = We write to you as soon as the parcel leaves.
say-next-rest = We write to you as soon as the rest leaves.
say-paid-due = not paid yet
say-paid-authorised = approved, taken together with your order
say-paid-part = paid in part
say-paid = paid
say-paid-part-refunded = given back in part
say-paid-refunded = given back
say-parcel-packed = Packed
say-parcel-sent = Sent
say-parcel-delivered = Delivered
say-parcel-returned = Come back
say-cancelled = Your order was cancelled. What you paid is on its way back.
say-cancel-too-late = It is too late to cancel: the order is already being sent. You can withdraw once it arrives.
say-withdraw-nothing = Choose at least one thing to send back.
say-gateway-demo = Card (demo payment page)
say-gateway-demo-help = You pay on the page of our payment partner and come back here.
say-gateway-none = Nothing to pay
say-gateway-invoice = Invoice
say-gateway-invoice-help = You get the bill with the parcel and pay within 14 days.

## Files
download-button = Download now
download-button-note = Only pressing the button counts as a download; opening this page does not.
download-begun-title = Your download begins
download-begun-text = It begins by itself. If it does not, use this link:
download-begun-note = { $hours ->
    [one] It counts once: for 1 hour you can break it off, go on with it or begin it again by this link.
   *[other] It counts once: for { NUMBER($hours) } hours you can break it off, go on with it or begin it again by this link.
}
say-download-left = { $most ->
    [one] { NUMBER($left) } of 1 download left, until { $until }
   *[other] { NUMBER($left) } of { NUMBER($most) } downloads left, until { $until }
}
say-download-not-paid = Ready as soon as the order is paid; we then send the link by e-mail.
say-download-cancelled = The order was cancelled, so its files are closed.
say-download-refunded = The order was refunded, so its files are closed.
say-download-withdrawn = You withdrew from this purchase, so the file is closed.
say-download-closed = The file is closed: what it cost was paid back. Write to us if that is wrong.
say-download-expired = The time for this link is over. Look at your order page, which is linked in your confirmation; if there is no time left there, write to us.
say-download-used-up = { $most ->
    [one] The one download is used. Write to us if you need another.
   *[other] All { NUMBER($most) } downloads are used. Write to us if you need another.
}
say-download-unknown = This link leads to no file: it was cut short, or there is a newer one. Open the link in your mail again, or the one on your order page.
say-download-missing = The file cannot be sent right now. No download was counted. Please try again later, or write to us and name this reference.
say-next-invoice-files = We send you the bill; your files are ready as soon as it is paid.
say-state-done = Your order is complete.
