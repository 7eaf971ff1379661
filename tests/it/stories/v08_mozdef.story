V8, MozDef: once an hour while somebody logs in. New logins, more than one mail in an hour, and more than usual are looked at.

## A login that is new, then known; then two mails in less than an hour
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

13:00:04  mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:00:04  says  one    DECIDE first-seen
                       "First ssh login by root on signing4.example.org in 28 days: is that normal?"
                       @ notify team and infosec
14:00:04  mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
# Known, and to be looked at all the same if one more comes before its hour.
14:00:04  says  two    WAIT normal; until 14:50:04; may decide off-cadence 14:00:04 to 14:50:04
14:50:04  says  two    NOTE normal
                       "ssh login by root on signing4.example.org, as before"
# Another host, another user: each is new.
15:00:04  mail  host   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T14:12:40 Summary: SSH login from 192.0.2.17 on signing5.example.org as user root
15:00:04  says  host   DECIDE first-seen
16:00:04  mail  both   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T15:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
                       > Timestamp: 2013-11-21T15:22:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user mallory
16:00:04  says  both   DECIDE first-seen
# 50 minutes and a second apart is about once an hour; 50 minutes is more than that, and all of this incident say so.
16:50:05  mail  near   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T16:42:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
16:50:05  says  near   WAIT normal; until 17:40:05; may decide off-cadence 16:50:05 to 17:40:05
17:40:05  mail  twice  mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T17:22:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
17:40:05  says  twice  DECIDE off-cadence
                       "More than one in an hour: look closely"
17:40:05  says  two    DECIDE off-cadence
17:40:05  row   one    6 mails DECIDE off-cadence; 13:00:04 to 17:40:05; every 56m

## Who and where go together
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

13:00     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user cltsign
                       > Timestamp: 2013-11-21T12:22:40 Summary: SSH login from 192.0.2.17 on mac1.example.org as user root
14:00     mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
                       > Timestamp: 2013-11-21T13:22:40 Summary: SSH login from 192.0.2.17 on mac1.example.org as user cltsign
# The same users and the same hosts, but neither has been where it is now.
14:00     says  two    DECIDE first-seen

## Twenty-eight days and a second later it is new again
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

-28 09:00 mail  usual  mozdef | MozDef Alert: Session opened on sensitive host by user | 28 times every 24h
                       > Timestamp: 2013-10-24T08:12:40 Summary: SSH login from 192.0.2.17 on web1.example.org as user nagios
-28 13:00 mail  old    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-10-24T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
-28 15:29:59 mail other mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-10-24T14:12:40 Summary: SSH login from 192.0.2.17 on signing5.example.org as user root
13:00     mail  still  mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
14:00     says  still  NOTE normal
15:30     mail  new    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing5.example.org as user root
15:30     says  new    DECIDE first-seen

## For weeks nobody logged in at all: one login that is known, or four mails in a day
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

-28 13:00 mail  old    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-10-24T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:00     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:00     says  one    WAIT normal; until 13:50; may decide off-cadence 13:00 to 13:50
# Three is not many, whatever is usual; four is more than three times none.
14:00     mail  more   mozdef | MozDef Alert: Session opened on sensitive host by user | 3 times every 60m
                       > Timestamp: 2013-11-21T13:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
15:49:59  says  more2  WAIT normal; until 15:50; may decide off-cadence 15:00 to 15:50
16:00     says  more3  DECIDE busy; until +1 13:00:01

## Nobody can tell who it was, or whether it is new
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com
young

13:00     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
# The mailbox is younger than four weeks: it can prove nothing about the time before.
13:00     says  one    DECIDE look
15:30     mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T14:12:40 Summary: session opened
15:30     says  two    DECIDE look

## Three times the usual number
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

-21 10:00 mail  usual  mozdef | MozDef Alert: Session opened on sensitive host by user | 21 times every 24h
                       > Timestamp: 2013-11-01T09:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
10:00     mail  today  mozdef | MozDef Alert: Session opened on sensitive host by user | 3 times every 60m
                       > Timestamp: 2013-11-21T09:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
12:00     says  today3 WAIT normal; until 12:50; may decide off-cadence 12:00 to 12:50
13:00     mail  more   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:00     says  more   DECIDE busy; until +1 10:00:01
                       "4 mails in a day, more than three times the usual: look closely"
+1 10:00  says  more   DECIDE busy; until +1 10:00:01
+1 10:00:01 says more  NOTE normal

## No baseline yet: no number is unusual
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

-13 10:00 mail  usual  mozdef | MozDef Alert: Session opened on sensitive host by user | 13 times every 24h
                       > Timestamp: 2013-11-01T09:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
10:00     mail  today  mozdef | MozDef Alert: Session opened on sensitive host by user | 9 times every 60m
                       > Timestamp: 2013-11-21T09:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
# In the morning the oldest is two weeks old, and the mails of today are still many.
18:00     says  today9 WAIT normal; until 18:50; may decide off-cadence 18:00 to 18:50
18:50     says  today9 NOTE normal; until +1 10:00
+1 10:00  says  today9 DECIDE busy; until +1 15:00:01

## Copies, answers and what is removed elsewhere; held up for hours
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com
sender ann = ann@example.org to release+mozdef@mozilla.com

13:00     fresh mail
13:00:04  mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:00:30  copy  twin   of one
13:10     mail  reply  ann | Re: MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:10     says  reply  NOTE
13:10     says  one    DECIDE first-seen
13:20     mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:20     says  one    DECIDE off-cadence
13:21     gone  two
13:21     says  one    DECIDE off-cadence
                       ~ deleted elsewhere
# One that was held up counts at the time at which it was sent.
16:30     mail  three  mozdef | MozDef Alert: Session opened on sensitive host by user | delivered 20:00
                       > Timestamp: 2013-11-21T16:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
17:00     mail  four   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T16:42:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
17:00     says  four   WAIT normal; until 17:50; may decide off-cadence 17:00 to 17:50
20:00     says  four   DECIDE off-cadence

## Resolved: what comes then begins again
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

13:00     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:10     told  seen = resolve one
13:30     mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
13:30     says  two    WAIT normal; until 14:20; may decide off-cadence 13:30 to 14:20
13:31     told  undo seen
13:31     says  two    DECIDE off-cadence

## Over midnight into a leap day fifty minutes are fifty minutes
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com
day 2012-02-28

23:30     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2012-02-28T23:12:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
+1 00:20  mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2012-02-28T23:42:40 Summary: SSH login from 192.0.2.17 on signing4.example.org as user root
+1 00:20  says  one    DECIDE off-cadence
