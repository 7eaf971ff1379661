V4, failed pushes to git.mozilla.org: two are tried in each iteration, and up to two full sets are ignorable.

## Alone it is ignorable: the other push got through
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

14:07     mail  one    sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
14:07     says  one    IGNORE push-ignorable
                       "Push 1 failed: 0 full sets so far, ignorable"
+1 14:07  says  one    IGNORE push-ignorable

## The third full set turns all of them
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender sync3 = vcs2vcs@github-sync3.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

10:00     mail  a1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
10:02     mail  a2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
10:02     says  a1     IGNORE push-ignorable
                       "Push 1 failed: 1 full set so far, ignorable"
11:00     mail  b1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
11:02     mail  b2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
11:02     says  a1     IGNORE push-ignorable
                       "Push 1 failed: 2 full sets so far, ignorable"
# Another host has its own count.
11:30     mail  x1     sync3 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
11:32     mail  x2     sync3 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
11:32     says  a1     IGNORE push-ignorable
12:00     mail  c1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
12:00     says  c1     IGNORE push-ignorable
12:10     mail  c2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
12:10     says  a1     ACT push-many-sets
                       "3 sets failed: start with the health of git.mozilla.org"
                       @ tell buildduty and hwine
12:10     says  b2     ACT push-many-sets
12:10     says  c2     ACT push-many-sets
12:10     says  x1     IGNORE push-ignorable
12:10     row   a1     6 mails ACT push-many-sets; 10:00 to 12:10; every 26m

## Ten minutes and a second apart they are no set
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

10:00     mail  a1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
10:10:01  mail  a2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
10:10:01  says  a1     IGNORE push-ignorable
                       "Push 1 failed: 0 full sets so far, ignorable"
# The second half may open a set of its own, in any order.
10:20     mail  b1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
10:20     says  b1     IGNORE push-ignorable
                       "Push 1 failed: 1 full set so far, ignorable"

## The half that was missing comes late, and a day later it is past
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

10:00     mail  a1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
10:02     mail  a2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git: | delivered 15:00
11:00     mail  b1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
11:02     mail  b2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
12:00     mail  c1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
12:02     mail  c2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
12:02     says  b1     IGNORE push-ignorable
15:00     says  b1     ACT push-many-sets
# It was so, and stays so for these mails.
+2 15:00  says  b1     ACT push-many-sets

## Resolved: the count begins again
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

10:00     mail  a1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
10:02     mail  a2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
11:00     mail  b1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
11:02     mail  b2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
11:30     told  fixed = resolve b2
12:00     mail  c1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
12:02     mail  c2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
12:02     says  c2     IGNORE push-ignorable
12:02     apart a1 c1
12:05     told  undo fixed
12:05     says  c2     ACT push-many-sets
12:05     says  a1     ACT push-many-sets

## Seven in a day without a full set are for a person
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com

01:00     mail  a      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
02:00     mail  b      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
03:00     mail  c      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
04:00     mail  d      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
05:00     mail  e      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
06:00     mail  f      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
06:00     copy  twin   of f
06:00     says  f      IGNORE push-ignorable
07:00     mail  g      sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
07:00     says  a      DECIDE push-many-lone; until +1 01:00:01
                       "7 push failures today, 0 full sets"
# A day after the first it is six again.
+1 01:00  says  g      DECIDE push-many-lone; until +1 01:00:01
+1 01:00:01 says g     IGNORE push-ignorable

## Removed elsewhere, answered, without a host
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
sender list = vcs2vcs@mozilla.com to release+vcs2vcs@mozilla.com

10:00     mail  a1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
10:02     mail  a2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
10:03     gone  a1
10:04     mail  reply  sync2 | Re: [vcs2vcs]: git.m.o push 1 failed for gecko.git:
11:00     mail  b1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
11:02     mail  b2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
11:02     says  b1     IGNORE push-ignorable
12:00     mail  c1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
# The third half set, and one whose host nobody can tell: it may be the third set.
12:02     mail  c2     list | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
12:02     says  c1     DECIDE push-ignorable, cannot tell; may act push-many-sets
                       ~ no host in the mail of 12:02
12:05     mail  d2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
12:05     says  c1     ACT push-many-sets
12:05     row   c1     6 mails ACT push-many-sets; 10:00 to 12:05; every 25m; 1 gone

## Across midnight, summer time and a leap day a day is a day
sender sync2 = vcs2vcs@github-sync2.dmz.scl3.mozilla.com to release+vcs2vcs@mozilla.com
day 2012-02-28
zone CET-1CEST,M3.5.0,M10.5.0/3

23:58     mail  a1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
+1 00:02  mail  a2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
+1 12:00  mail  b1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
+1 12:02  mail  b2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
+1 23:50  mail  c1     sync2 | [vcs2vcs]: git.m.o push 1 failed for gecko.git:
+1 23:58  mail  c2     sync2 | [vcs2vcs]: git.m.o push 2 failed for gecko.git:
+1 23:58  says  a1     ACT push-many-sets
