V12, the Chromecast account: traffic is light; what is not simply promotion is forwarded.

## Promotion, something to forward, and more than light
sender google = noreply@google.com to release+chromecast@mozilla.com

09:00     mail  promo  google | Discover what is new for Google Cast developers
                       + List-Unsubscribe: <https://www.google.com/unsubscribe>
09:00     says  promo  DECIDE promotion
10:00     mail  one    google | Your Google Cast developer registration
10:00     says  one    ACT forward
                       @ forward blassey and mfinkle
11:00     mail  more   google | Your device is registered | 4 times every 24h
+3 11:00  says  more4  ACT forward
+3 11:01  copy  twin   of more4
+3 11:02  mail  reply  google | Re: Your device is registered
+3 11:02  says  reply  NOTE
# Promotion, copies and answers are not counted: it is five in a week, and the sixth is too many.
+3 11:02  says  one    ACT forward
+4 11:00  mail  sixth  google | Your device is registered again
+4 11:00  says  sixth  ACT unusual; until +7 10:00:01
                       "6 in 7 days, more than light: forward to blassey and mfinkle, and look why"
+4 11:00  says  one    ACT unusual; until +7 10:00:01
+4 11:00  says  promo  DECIDE promotion
+7 10:00  says  sixth  ACT unusual; until +7 10:00:01
+7 10:00:01 says sixth ACT forward

## Held up, removed, and a mailbox that is not fetched
sender google = noreply@google.com to release+chromecast@mozilla.com

09:00     fresh mail
10:00     mail  dev    google | Your device is registered | 5 times every 60m
14:30     mail  held   google | Your device is registered again | delivered +1 09:00
14:30     says  dev5   ACT forward
14:40     gone  dev1
+1 09:00  says  dev5   ACT unusual; until +7 10:00:01

## A week is seven days, also over a leap day and when summer time begins
sender google = noreply@google.com to release+chromecast@mozilla.com
day 2012-02-24
zone PST8PDT,M3.2.0,M11.1.0

10:00     mail  dev    google | Your device is registered | 6 times every 24h
+5 10:00  says  dev6   ACT unusual; until +7 10:00:01
+7 10:00  says  dev6   ACT unusual; until +7 10:00:01
+7 10:00:01 says dev6  ACT forward
