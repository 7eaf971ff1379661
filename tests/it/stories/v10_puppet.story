V10, certificates of new machines: the script cleans once; the matching mail says that it worked.

## Cleaned: the matching mail comes before, or after
sender puppet = root@scl-production-puppet.srv.releng.scl3.mozilla.com to release@mozilla.com

14:00     mail  after  puppet | [scl-production-puppet-new] slave12 has invalid cert
14:00     says  after  WAIT cleaning; until 15:00; may decide not-cleaned 15:00
14:10     mail  other  puppet | [scl-production-puppet-new] slave13 is waiting to be signed
14:10     says  other  NOTE waiting
14:10     says  after  WAIT cleaning; until 15:00; may decide not-cleaned 15:00
15:00     mail  signed puppet | [scl-production-puppet-new] slave12 is waiting to be signed
15:00     says  after  NOTE cleaned
                       "slave12: cert cleaned, its key will be signed by itself"
15:00     together after signed
15:00     apart after other
15:10     mail  before puppet | [scl-production-puppet-new] slave13 has invalid cert
15:10     says  before NOTE cleaned

## Not cleaned: an hour of silence, to the second
sender puppet = root@scl-production-puppet.srv.releng.scl3.mozilla.com to release@mozilla.com

14:00     mail  one    puppet | [scl-production-puppet-new] slave12 has invalid cert
14:59:59  says  one    WAIT cleaning; until 15:00; may decide not-cleaned 15:00
15:00     says  one    DECIDE not-cleaned
                       "slave12: cert not cleaned; the page gives no step"
15:00:01  mail  late   puppet | [scl-production-puppet-new] slave12 is waiting to be signed
15:00:01  says  one    DECIDE not-cleaned

## The mailbox is stale: nobody can tell; the match took the slow way
sender puppet = root@scl-production-puppet.srv.releng.scl3.mozilla.com to release@mozilla.com

14:00     fresh mail
14:00     mail  one    puppet | [scl-production-puppet-new] slave12 has invalid cert
14:30     mail  match  puppet | [scl-production-puppet-new] slave12 is waiting to be signed | delivered 18:00
15:01     says  one    WAIT cleaning; until 15:02; may decide not-cleaned 15:00
15:02     says  one    DECIDE cleaning, cannot tell; may decide not-cleaned 15:00
                       "cannot tell whether the cert of slave12 was cleaned"
18:00     says  one    NOTE cleaned

## Answers and copies are no match; one that is removed elsewhere is
sender puppet = root@scl-production-puppet.srv.releng.scl3.mozilla.com to release@mozilla.com

14:00     mail  one    puppet | [scl-production-puppet-new] slave12 has invalid cert
14:01     copy  twin   of one
14:02     mail  reply  puppet | Re: [scl-production-puppet-new] slave12 is waiting to be signed
14:02     says  reply  NOTE
15:00     says  one    DECIDE not-cleaned
15:00     says  twin   DECIDE not-cleaned
16:00     mail  two    puppet | [scl-production-puppet-new] slave14 has invalid cert
16:05     mail  match  puppet | [scl-production-puppet-new] slave14 is waiting to be signed
16:06     gone  match
16:06     says  two    NOTE cleaned
                       ~ deleted elsewhere

## A file that cannot be read may be the match
sender puppet = root@scl-production-puppet.srv.releng.scl3.mozilla.com to release@mozilla.com

14:00     mail  one    puppet | [scl-production-puppet-new] slave12 has invalid cert
14:10     unreadable
15:30     says  one    DECIDE cleaning, cannot tell; may decide not-cleaned 15:00
                       ~ 1 unreadable file

## Over midnight on a leap day, and when summer time ends
sender puppet = root@scl-production-puppet.srv.releng.scl3.mozilla.com to release@mozilla.com
day 2012-02-29
zone CET-1CEST,M3.5.0,M10.5.0/3

23:30     mail  one    puppet | [scl-production-puppet-new] slave12 has invalid cert
+1 00:30  mail  match  puppet | [scl-production-puppet-new] slave12 is waiting to be signed
+1 00:30  says  one    NOTE cleaned
# 28 October, 02:30 twice: an hour apart, and within the hour.
+242 00:30 mail two    puppet | [scl-production-puppet-new] slave13 has invalid cert | offset +0200
+242 01:30 mail match2 puppet | [scl-production-puppet-new] slave13 is waiting to be signed | offset +0100
+242 01:30 says two    NOTE cleaned
