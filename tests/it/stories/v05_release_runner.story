V5, release runner: it matters only while a release is being started, and that the operator must tell.

## Nobody told: the question is asked; told for the past, it is answered for the past
sender runner = release@signing1.example.org to release@mozilla.com

13:00     mail  one    runner | [release-runner] failed
13:00     says  one    DECIDE ask
13:01     mail  two    runner | [release-runner] failed
13:02     mail  three  runner | [release-runner] failed
13:30     told  switch release yes since 13:01
13:30     says  one    DECIDE ask
13:30     says  two    ACT investigate
13:30     says  three  ACT investigate
13:30     row   one    3 mails ACT investigate; 13:00 to 13:02; every 1m
# A mail after the release is ignorable; those before stay what they were.
13:40     told  switch release no
13:40     mail  four   runner | [release-runner] failed
13:40     says  four   IGNORE no-release
13:40     says  two    ACT investigate

## What was recorded last holds, and is taken back
sender runner = release@signing1.example.org to release@mozilla.com

12:00     told  switch release no since 08:00
13:00     mail  one    runner | [release-runner] failed
13:00     says  one    IGNORE no-release
13:05     told  wrong = switch release yes since 09:00
13:05     says  one    ACT investigate
13:10     told  undo wrong
13:10     says  one    IGNORE no-release

## A submitted release does not start
sender runner = release@signing1.example.org to release@mozilla.com

12:00     told  switch release yes
13:00     mail  one    runner | [release-runner] failed
                       > Failed to start release "Firefox-25.0b3"
13:00     says  one    ACT start-failed
                       "A submitted release did not start: Firefox-25.0b3"

## The switch to the second, and a mail that was held up
sender runner = release@signing1.example.org to release@mozilla.com

12:59:59  mail  before runner | [release-runner] failed
13:00     told  switch release yes
13:00     mail  at     runner | [release-runner] failed
13:05     mail  held   runner | [release-runner] failed | delivered 16:00
14:00     told  switch release no
14:00     says  before DECIDE ask
14:00     says  at     ACT investigate
# Delivered when there was no release any more, but sent when there was.
16:00     says  held   ACT investigate

## Half an hour of silence ends a burst
sender runner = release@signing1.example.org to release@mozilla.com
sender other = release@signing2.example.org to release@mozilla.com

13:00     mail  one    runner | [release-runner] failed
13:30     mail  two    runner | [release-runner] failed
13:30     mail  three  other | [release-runner] failed
14:00:01  mail  four   runner | [release-runner] failed
14:00:01  together one two
14:00:01  apart two four
14:00:01  apart two three
14:00:01  row   one    2 mails DECIDE ask; 13:00 to 13:30; every 30m

## The development runner, an answer, a copy, and one that is gone
sender runner = release@signing1.example.org to release@mozilla.com
sender dev = release@dev-master1.example.org to release@mozilla.com
sender rail = rail@example.org to release@mozilla.com

12:00     fresh mail
12:00     told  switch release yes
13:00     mail  dev    dev | [dev-release-runner] failed
13:00     says  dev    NOTE dev
13:01     mail  reply  rail | Re: [release-runner] failed
13:01     says  reply  NOTE
13:02     mail  one    runner | [release-runner] failed
13:02     copy  twin   of one
13:03     mail  two    runner | [release-runner] failed
13:04     gone  one
# However old the newest mail is: the switch is told, not read from mail.
18:00     says  twin   ACT investigate
18:00     row   two    2 mails ACT investigate; 13:02 to 13:03; every 1m

## Across midnight of a leap day
sender runner = release@signing1.example.org to release@mozilla.com
day 2012-02-28

23:59     told  switch release yes since 23:59
+1 00:00  mail  one    runner | [release-runner] failed
+1 00:00  says  one    ACT investigate
+1 00:01  told  switch release no since +1 00:00:01
+1 00:01  says  one    ACT investigate
