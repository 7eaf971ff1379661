V3, alert_major_errors of the vcs2vcs system: it runs on the hour and looks at the hour before.

## Major at once, then resolved: the next one is a straggler, the one after is not
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00:03  mail  first  sync1 | [vcs2vcs] alert_major_errors alert
14:00:03  says  first  ACT major
                       @ contact hwine, tell buildduty and hwine
14:25     told  resolve first at 14:20
15:00:03  mail  late   sync1 | [vcs2vcs] alert_major_errors alert
15:00:03  says  late   NOTE straggler
                       "Straggler: covers 14:00 to 15:00, resolved 14:20"
15:00:03  together first late
15:00:03  row   first  2 mails ACT major; 14:00:03 to 15:00:03; every 1h; resolved 14:20
16:00:03  mail  again  sync1 | [vcs2vcs] alert_major_errors alert
16:00:03  says  again  ACT major
16:00:03  apart first again

## The hour's edge: resolved on the full hour, and a second before the mail
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00:03  mail  one    sync1 | [vcs2vcs] alert_major_errors alert
14:00:03  mail  two    sync2 | [vcs2vcs] alert_major_errors alert
15:00:03  mail  late1  sync1 | [vcs2vcs] alert_major_errors alert
15:00:03  mail  late2  sync2 | [vcs2vcs] alert_major_errors alert
# What it covers begins at 14:00: resolved then, the mail is about what came after.
15:10     told  resolve one at 14:00:00
15:10     says  late1  ACT major
15:10     told  resolve two at 14:00:01
15:10     says  late2  NOTE straggler
                       "Straggler: covers 14:00 to 15:00, resolved 14:00"

## Told too early, taken back, told right
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00:03  mail  one    sync1 | [vcs2vcs] alert_major_errors alert
14:30     told  early = resolve one
15:00:03  mail  two    sync1 | [vcs2vcs] alert_major_errors alert
15:00:03  says  two    NOTE straggler
15:05     told  undo early
15:05     says  two    ACT major
15:20     told  resolve two
16:00:03  mail  three  sync1 | [vcs2vcs] alert_major_errors alert
16:00:03  says  three  NOTE straggler
                       "Straggler: covers 15:00 to 16:00, resolved 15:20"

## The straggler was held up: it is about its own hour, not that of its delivery
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00:03  mail  one    sync1 | [vcs2vcs] alert_major_errors alert
14:20     told  resolve one
15:00:03  mail  late   sync1 | [vcs2vcs] alert_major_errors alert | delivered 17:40
17:40     says  late   NOTE straggler
17:40     together one late

## A repository is corrupt: the text says so
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00:03  mail  one    sync1 | [vcs2vcs] alert_major_errors alert
                       > abort: data/foo.i@1234567: no match found!
14:00:03  says  one    ACT major-corruption
14:20     told  resolve one
15:00:03  mail  late   sync1 | [vcs2vcs] alert_major_errors alert
                       > abort: data/foo.i@1234567: no match found!
15:00:03  says  late   NOTE straggler

## Stale or not, it says what it says; copies are one, an answer is none
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:00     fresh mail
14:00:03  mail  one    sync1 | [vcs2vcs] alert_major_errors alert
14:00:09  copy  twin   of one
18:00     says  one    ACT major
18:00     says  twin   ACT major
18:00     row   one    1 mail ACT major; 14:00:03 to 14:00:03
18:01     mail  reply  sync1 | Re: [vcs2vcs] alert_major_errors alert
18:01     says  reply  NOTE

## In the night on which summer time ends, in a zone with half an hour, and into the leap day
sender sync1 = vcs2vcs@github-sync1.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
day 2012-02-28
zone IST-5:30

# 23:30 in UTC is five o'clock there: full hours are those of the mail.
23:30:03  mail  one    sync1 | [vcs2vcs] alert_major_errors alert | offset +0530
23:50     told  resolve one
+1 00:30:03 mail late  sync1 | [vcs2vcs] alert_major_errors alert | offset +0530
+1 00:30:03 says late  NOTE straggler
                       "Straggler: covers 05:00 to 06:00, resolved 05:20"
+1 01:30:03 mail again sync1 | [vcs2vcs] alert_major_errors alert | offset +0530
+1 01:30:03 says again ACT major
