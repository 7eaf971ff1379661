V8, MozDef: once an hour while somebody logs in; more than that, or more than usual, is looked at closely.

## Hourly as promised; then two in less than an hour
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

13:00:04  mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: session opened
14:00:04  mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: session opened
14:00:04  says  two    DECIDE look
                       @ notify team and infosec
14:50:05  mail  early  mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T14:42:40 Summary: session opened
14:50:05  says  early  DECIDE look
15:40:05  mail  third  mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T15:22:40 Summary: session opened
15:40:05  says  third  DECIDE off-cadence
                       "More than one in an hour: look closely"
# All of this incident are told so, the first two hours too.
15:40:05  says  one    DECIDE off-cadence
15:40:05  row   one    4 mails DECIDE off-cadence; 13:00:04 to 15:40:05; every 53m20s

## Three times the usual number
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

-21 10:00 mail  usual  mozdef | MozDef Alert: Session opened on sensitive host by user | 21 times every 24h
                       > Timestamp: 2013-11-01T09:12:40 Summary: session opened
10:00     mail  today  mozdef | MozDef Alert: Session opened on sensitive host by user | 3 times every 60m
                       > Timestamp: 2013-11-21T09:12:40 Summary: session opened
12:00     says  today3 DECIDE look
13:00     mail  more   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: session opened
13:00     says  more   DECIDE busy; until +1 10:00:01
                       "Three times the usual number of logins: look closely"
+1 10:00  says  more   DECIDE busy; until +1 10:00:01
+1 10:00:01 says more  DECIDE look

## No baseline yet: nothing is unusual
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com
young

-13 10:00 mail  usual  mozdef | MozDef Alert: Session opened on sensitive host by user | 13 times every 24h
                       > Timestamp: 2013-11-01T09:12:40 Summary: session opened
10:00     mail  today  mozdef | MozDef Alert: Session opened on sensitive host by user | 9 times every 60m
                       > Timestamp: 2013-11-21T09:12:40 Summary: session opened
18:00     says  today9 DECIDE look; until +1 10:00

## Copies, answers and what is removed elsewhere; the mailbox may be stale
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com
sender ann = ann@example.org to release+mozdef@mozilla.com

13:00     fresh mail
13:00:04  mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: session opened
13:00:30  copy  twin   of one
13:10     mail  reply  ann | Re: MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: session opened
13:10     says  reply  NOTE
13:10     says  one    DECIDE look
13:20     mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: session opened
13:20     says  one    DECIDE off-cadence
13:21     gone  two
13:21     says  one    DECIDE off-cadence
                       ~ deleted elsewhere
# One that was held up for hours counts at the time at which it was sent.
16:30     mail  three  mozdef | MozDef Alert: Session opened on sensitive host by user | delivered 20:00
                       > Timestamp: 2013-11-21T16:12:40 Summary: session opened
17:00     mail  four   mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T16:42:40 Summary: session opened
17:00     says  four   DECIDE look
20:00     says  four   DECIDE off-cadence

## Resolved: what comes then begins again
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com

13:00     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T12:12:40 Summary: session opened
13:10     told  seen = resolve one
13:30     mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2013-11-21T13:12:40 Summary: session opened
13:30     says  two    DECIDE look
13:31     told  undo seen
13:31     says  two    DECIDE off-cadence

## Over midnight on a leap day fifty minutes are fifty minutes
sender mozdef = mozdef@mozdef1.private.scl3.mozilla.com to release+mozdef@mozilla.com
day 2012-02-28

23:30     mail  one    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2012-02-28T23:12:40 Summary: session opened
+1 00:20  mail  two    mozdef | MozDef Alert: Session opened on sensitive host by user
                       > Timestamp: 2012-02-28T23:42:40 Summary: session opened
+1 00:20  says  one    DECIDE off-cadence
