V11, what is expected: an adhoc signing, a change window. The operator tells; the rest is not expected.

## Told before, told after, to the second, taken back
sender adhoc = adhoc@mail.example.net to release+adhoc-signing@mozilla.com

12:00     told  expect adhoc-signing 13:00 to 15:00
12:59:59  mail  early  adhoc | [adhoc] early starting
12:59:59  says  early  ACT not-expected
13:00     mail  first  adhoc | [adhoc] first starting
13:00     says  first  NOTE expected
                       "Expected: first, as we were told"
15:00     mail  last   adhoc | [adhoc] last starting
15:00     says  last   NOTE expected
15:00:01  mail  late   adhoc | [adhoc] late starting
15:00:01  says  late   ACT not-expected
                       "NOT EXPECTED: late. Are we expecting a signing?"
# Somebody remembers: it was expected until four.
15:10     told  longer = expect adhoc-signing 15:00 to 16:00
15:10     says  late   NOTE expected
15:20     told  undo longer
15:20     says  late   ACT not-expected
15:20     says  last   NOTE expected

## The wrong expectation covers nothing; a mail that was held up is judged by when it was sent
sender adhoc = adhoc@mail.example.net to release+adhoc-signing@mozilla.com

12:00     told  expect change-window 13:00 to 15:00
12:00     told  expect adhoc-signing 16:00 to 17:00
13:30     mail  one    adhoc | [adhoc] one starting | delivered 16:30
16:30     says  one    ACT not-expected
16:40     mail  two    adhoc | [adhoc] two starting | delivered 19:00
19:00     says  two    NOTE expected

## Copies and answers; the mailbox may be stale, an expectation is told
sender adhoc = adhoc@mail.example.net to release+adhoc-signing@mozilla.com
sender ann = ann@example.org to release+adhoc-signing@mozilla.com

12:00     fresh mail
12:00     told  expect adhoc-signing 13:00 to 14:00
13:30     mail  one    adhoc | [adhoc] one starting
13:31     copy  twin   of one
13:32     mail  reply  ann | Re: [adhoc] one starting
13:32     says  reply  NOTE
18:00     says  one    NOTE expected
18:00     says  twin   NOTE expected
18:00     row   one    1 mail NOTE expected; 13:30 to 13:30

## A change window: expected or not it wants an answer, and a day is too long
sender team = team@example.org to release+wcw@mozilla.com
sent

12:00     told  expect change-window 14:00 to 16:00
13:00     mail  one    team | [WCW] CHG0012345
13:00     says  one    DECIDE request; until +1 13:00; may act owed +1 13:00
14:00     mail  two    team | [WCW] CHG0012346
14:00     says  two    DECIDE announced; until +1 14:00; may act owed +1 14:00
15:00     told  reply two
15:00     says  two    NOTE answered
+1 12:59:59 says one   DECIDE request; until +1 13:00; may act owed +1 13:00
+1 13:00  says  one    ACT owed
                       @ respond ciduty and manager
+1 13:10  told  reply one
+1 13:10  says  one    NOTE answered
+1 14:00  says  two    NOTE answered

## Across midnight, and in the hour that summer time ends
sender adhoc = adhoc@mail.example.net to release+adhoc-signing@mozilla.com
day 2012-02-28
zone CET-1CEST,M3.5.0,M10.5.0/3

23:00     told  expect adhoc-signing 23:30 to +1 00:30
+1 00:30  mail  one    adhoc | [adhoc] one starting
+1 00:30  says  one    NOTE expected
+1 00:30:01 mail two   adhoc | [adhoc] two starting
+1 00:30:01 says two   ACT not-expected
