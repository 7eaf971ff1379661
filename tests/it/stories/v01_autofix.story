V1, AUTOFIX of the vcs2vcs system: it ran by itself, and only silence proves that it worked.

## It failed: the follow-up comes 38 seconds later
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:07:03  says  fix    WAIT autofix-worked; until 14:12:03; may page autofix-failed 14:07:03 to 14:12:03
                       "May become page: AUTOFIX failed on github-sync1.dmz.scl3.mozilla.com: page hwine"
14:07:20  mail  other  sync2 | [vcs2vcs] process delays
14:07:21  says  fix    WAIT autofix-worked; until 14:12:03; may page autofix-failed 14:07:03 to 14:12:03
14:07:41  mail  again  sync1 | [vcs2vcs] process delays
14:07:41  says  fix    PAGE autofix-failed
                       "AUTOFIX failed on github-sync1.dmz.scl3.mozilla.com: page hwine"
                       @ page hwine
                       ~ delays, 38s later
14:07:41  says  again  PAGE autofix-failed-followup
                       "AUTOFIX failed on github-sync1.dmz.scl3.mozilla.com: page hwine"
                       @ page hwine
                       ~ autofix, 38s earlier
14:07:41  row   fix    2 mails PAGE autofix-failed; 14:07:03 to 14:07:41; every 38s
14:07:41  apart fix other
# Nothing that comes, or does not come, makes it any better.
+1 14:07  says  fix    PAGE autofix-failed

## It worked: nothing follows for five minutes
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:12:02  says  fix    WAIT autofix-worked; until 14:12:03; may page autofix-failed 14:07:03 to 14:12:03
14:12:03  says  fix    NOTE autofix-worked
                       "AUTOFIX worked on github-sync1.dmz.scl3.mozilla.com"
# A second late is late: it is the first of something else.
14:12:04  mail  late   sync1 | [vcs2vcs] process delays
14:12:04  says  fix    NOTE autofix-worked
14:12:04  says  late   WAIT single; until 14:36:04; due 14:32:04; may page outage 14:28:04 to 14:36:04; may act irregular 14:12:04 to 14:56:04

## The mailbox is not fetched any more: nobody can tell
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender talos = nobody@cruncher.build.mozilla.org to release@mozilla.com

14:07:03  fresh mail
14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:12:02  says  fix    WAIT autofix-worked; until 14:12:03; may page autofix-failed 14:07:03 to 14:12:03
14:14:02  mail  one    talos | Talos Suspected machine issue (talos-r3-fed-041)
# Mail under way has two minutes more.
14:14:02  says  fix    WAIT autofix-worked; until 14:14:03; may page autofix-failed 14:07:03 to 14:12:03
14:14:03  says  fix    DECIDE autofix-worked, cannot tell; may page autofix-failed 14:07:03 to 14:12:03
                       "cannot tell whether AUTOFIX worked on github-sync1.dmz.scl3.mozilla.com"
                       @ page hwine
                       ~ no mail newer than 14:14
# It is fetched again: what is new proves that it reaches that far.
14:30     mail  two    talos | Talos Suspected machine issue (talos-r3-fed-042)
14:30     says  fix    NOTE autofix-worked

## Delivered on this machine: the clock proves it, two minutes after
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00     fresh clock
14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:14:02  says  fix    WAIT autofix-worked; until 14:14:03; may page autofix-failed 14:07:03 to 14:12:03
14:14:03  says  fix    NOTE autofix-worked

## The follow-up took the slow way
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:07:41  mail  again  sync1 | [vcs2vcs] process delays | delivered 15:30
14:20     says  fix    NOTE autofix-worked
15:29:59  says  fix    NOTE autofix-worked
15:30     says  fix    PAGE autofix-failed
15:30     says  again  PAGE autofix-failed-followup
15:30     row   fix    2 mails PAGE autofix-failed; 14:07:03 to 14:07:41; every 38s

## A follow-up whose host cannot be read may be the one
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender list = vcs2vcs@mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:08     mail  again  list | [vcs2vcs] process delays
14:08     says  fix    DECIDE autofix-worked, cannot tell; may page autofix-failed 14:07:03 to 14:12:03
                       ~ no host in the mail of 14:08
14:08     apart fix again
14:30     says  fix    DECIDE autofix-worked, cannot tell; may page autofix-failed 14:07:03 to 14:12:03
# Then one comes whose host is known. It is later than the window, and changes nothing; one within it would.
14:31     mail  other  sync1 | [vcs2vcs] process delays
14:31     says  fix    DECIDE autofix-worked, cannot tell; may page autofix-failed 14:07:03 to 14:12:03

## A file that cannot be read may be the one
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:08     unreadable
14:20     says  fix    DECIDE autofix-worked, cannot tell; may page autofix-failed 14:07:03 to 14:12:03
                       ~ 1 unreadable file

## Answers, machines on leave and copies are no follow-up
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender hwine = hwine@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:07:05  copy  twin   of fix
14:08     mail  reply  hwine | Re: [vcs2vcs] process delays
14:08     says  reply  NOTE
14:08:30  mail  leave  hwine | [vcs2vcs] process delays
                       + Auto-Submitted: auto-replied
14:09     mail  bounce hwine | [vcs2vcs] process delays
                       + Content-Type: multipart/report; report-type=delivery-status; boundary=b
14:12:03  says  fix    NOTE autofix-worked
14:12:03  says  twin   NOTE autofix-worked
14:12:03  row   fix    1 mail NOTE autofix-worked; 14:07:03 to 14:07:03
14:12:03  together fix twin

## Another program removes the follow-up: it came all the same
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07:03  mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
14:07:41  mail  again  sync1 | [vcs2vcs] process delays
14:08     says  fix    PAGE autofix-failed
14:09     gone  again
14:09     says  fix    PAGE autofix-failed
                       ~ deleted elsewhere
14:09     row   fix    2 mails PAGE autofix-failed; 14:07:03 to 14:07:41; every 38s; 1 gone

## The mailbox is younger than the mail before it
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
young

14:07:41  mail  again  sync1 | [vcs2vcs] process delays
# Whether an AUTOFIX went before it cannot be known.
14:08     says  again  DECIDE single, cannot tell; until 14:31:41; due 14:27:41; may page autofix-failed-followup 14:02:41 to 14:07:41
                       ; may page outage 14:23:41 to 14:31:41; may act irregular 14:07:41 to 14:51:41

## Over midnight, and over the night on which summer time ends
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
day 2013-10-26
zone CET-1CEST,M3.5.0,M10.5.0/3

23:57     mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays | offset +0200
23:57     says  fix    WAIT autofix-worked; until +1 00:02; may page autofix-failed 23:57 to +1 00:02
+1 00:02  mail  again  sync1 | [vcs2vcs] process delays | offset +0200
+1 00:02  says  fix    PAGE autofix-failed
# 02:57 summer time is followed by 02:00 winter time: three minutes, not an hour less.
+1 00:57  mail  fix2   sync1 | [vcs2vcs] AUTOFIX process delays | offset +0200
+1 01:02  mail  again2 sync1 | [vcs2vcs] process delays | offset +0100
+1 01:02  says  fix2   PAGE autofix-failed
+1 01:57  mail  fix3   sync1 | [vcs2vcs] AUTOFIX process delays | offset +0100
+1 02:02:01 mail late  sync1 | [vcs2vcs] process delays | offset +0100
+1 02:02:01 says fix3  NOTE autofix-worked

## On a leap day, into March
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
day 2012-02-29

23:58     mail  fix    sync1 | [vcs2vcs] AUTOFIX process delays
+1 00:03  mail  again  sync1 | [vcs2vcs] process delays
+1 00:03  says  fix    PAGE autofix-failed
+1 00:03  row   fix    2 mails PAGE autofix-failed; 23:58 to +1 00:03; every 5m
