V2, process delays of the vcs2vcs system: the job runs at 07, 27 and 47, so the next tick is known.

## One is perhaps nothing
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync1 | [vcs2vcs] process delays
14:07     says  one    WAIT single; until 14:31; due 14:27; may page outage 14:23 to 14:31; may act irregular 14:07 to 14:51
14:27     says  one    WAIT single; until 14:31; due 14:27; may page outage 14:23 to 14:31; may act irregular 14:07 to 14:51
# The tick and its slack passed in silence: no outage, but it may still come back off its rhythm.
14:31     says  one    WAIT single; until 14:51; may act irregular 14:07 to 14:51
14:50:59  says  one    WAIT single; until 14:51; may act irregular 14:07 to 14:51
14:51     says  one    NOTE stopped
                       "Stopped: it came once, 14:07"

## An outage, tick by tick, until two ticks are missed
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:04  mail  one    sync1 | [vcs2vcs] process delays
14:27:05  mail  two    sync1 | [vcs2vcs] process delays
14:27:05  says  two    PAGE outage; until 15:11:05
                       "Service outage on github-sync1.dmz.scl3.mozilla.com: 2 ticks since 14:07"
                       @ page hwine, tell buildduty and hwine
# The first, which was perhaps nothing, is the first of an outage now.
14:27:05  says  one    PAGE outage; until 15:11:05
14:27:06  mail  other  sync2 | [vcs2vcs] process delays
14:27:06  says  other  WAIT single; until 14:51:06; due 14:47:06; may page outage 14:43:06 to 14:51:06; may act irregular 14:27:06 to 15:11:06
14:47:04  mail  three  sync1 | [vcs2vcs] process delays
14:47:04  row   one    3 mails PAGE outage; 14:07:04 to 14:47:04; every 20m
# One tick is missed: that ends nothing.
15:27:04  mail  five   sync1 | [vcs2vcs] process delays
15:27:04  row   one    4 mails PAGE outage; 14:07:04 to 15:27:04; every 26m40s
16:11:03  says  one    PAGE outage; until 16:11:04
16:11:04  says  one    NOTE stopped
                       "Stopped: it came ×4 in 1h20m, 14:07 to 15:27"
# When it resumes it is something new; the old one keeps its word.
16:27:04  mail  again  sync1 | [vcs2vcs] process delays
16:27:04  apart one again
16:27:04  says  one    NOTE stopped
16:27:04  says  again  WAIT single; until 16:51:04; due 16:47:04; may page outage 16:43:04 to 16:51:04; may act irregular 16:27:04 to 17:11:04

## The gap decides: a second short of 16 minutes is no rhythm
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync1 | [vcs2vcs] process delays
14:22:59  mail  two    sync1 | [vcs2vcs] process delays
# Off the rhythm, and still to become an outage by one that keeps it.
14:22:59  says  one    ACT irregular; until 14:46:59; due 14:42:59; may page outage 14:38:59 to 14:46:59
                       @ contact hwine, tell buildduty and hwine
14:46:58  says  one    ACT irregular; until 14:46:59; due 14:42:59; may page outage 14:38:59 to 14:46:59
14:46:59  mail  three  sync1 | [vcs2vcs] process delays
14:46:59  says  one    PAGE outage; until 15:30:59

## Resolved: later mail begins again
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync1 | [vcs2vcs] process delays
14:27     mail  two    sync1 | [vcs2vcs] process delays
14:40     told  fixed = resolve two at 14:35
14:40     row   one    2 mails PAGE outage; 14:07 to 14:27; every 20m; resolved 14:35
14:47     mail  three  sync1 | [vcs2vcs] process delays
14:47     apart two three
14:47     says  three  WAIT single; until 15:11; due 15:07; may page outage 15:03 to 15:11; may act irregular 14:47 to 15:31
# It was said too soon, and is taken back: the three are one outage again.
14:50     told  undo fixed
14:50     together two three
14:50     says  three  PAGE outage; until 15:31
14:50     row   one    3 mails PAGE outage; 14:07 to 14:47; every 20m

## The mailbox is not fetched: silence proves neither the end nor the false alarm
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00     fresh mail
14:07     mail  one    sync1 | [vcs2vcs] process delays
# Neither is it known whether an AUTOFIX just before it is still under way.
14:33     says  one    DECIDE single, cannot tell; until 14:51; due 14:27; may page autofix-failed-followup 14:02 to 14:07
                       ; may page outage 14:23 to 14:31; may act irregular 14:07 to 14:51
                       ~ no mail newer than 14:07
16:00     says  one    DECIDE single, cannot tell; due 14:27; may page autofix-failed-followup 14:02 to 14:07
                       ; may page outage 14:23 to 14:31; may act irregular 14:07 to 14:51
                       "cannot tell: no mail newer than 14:07"

## A tick that was held up
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync1 | [vcs2vcs] process delays
14:27     mail  two    sync1 | [vcs2vcs] process delays | delivered 17:00
14:51     says  one    NOTE stopped
17:00     says  one    NOTE stopped
                       "Stopped: it came ×2 in 20m, 14:07 to 14:27"
17:00     row   one    2 mails NOTE stopped; 14:07 to 14:27; every 20m

## Answers and copies keep no rhythm
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender hwine = hwine@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync1 | [vcs2vcs] process delays
14:27     mail  reply  hwine | Re: [vcs2vcs] process delays
14:27     says  one    WAIT single; until 14:31; due 14:27; may page outage 14:23 to 14:31; may act irregular 14:07 to 14:51
14:28     copy  twin   of one
14:28     says  twin   WAIT single; until 14:31; due 14:27; may page outage 14:23 to 14:31; may act irregular 14:07 to 14:51
14:31     row   one    1 mail WAIT single; 14:07 to 14:07

## Another program removes every second tick
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync1 | [vcs2vcs] process delays
14:27     mail  two    sync1 | [vcs2vcs] process delays
14:30     gone  one
14:30     says  two    PAGE outage; until 15:11
14:30     row   two    2 mails PAGE outage; 14:07 to 14:27; every 20m; 1 gone

## Across midnight and the end of summer time in California
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
day 2013-11-02
zone PST8PDT,M3.2.0,M11.1.0

23:47     mail  one    sync1 | [vcs2vcs] process delays | offset -0700
+1 00:07  mail  two    sync1 | [vcs2vcs] process delays | offset -0700
+1 00:07  says  one    PAGE outage; until +1 00:51
# 01:47 summer time is followed by 01:07 winter time, twenty minutes later.
+1 08:47  mail  three  sync1 | [vcs2vcs] process delays | offset -0700
+1 09:07  mail  four   sync1 | [vcs2vcs] process delays | offset -0800
+1 09:07  says  four   PAGE outage; until +1 09:51
                       "Service outage on github-sync1.dmz.scl3.mozilla.com: 2 ticks since 01:47"
+1 09:07  row   four   2 mails PAGE outage; +1 08:47 to +1 09:07; every 20m
