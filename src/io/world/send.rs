//! Forwards and replies: composed, queued durably, handed to the transport, and what came of it.
//!
//! Order, so that nothing is lost and nothing is sent twice by itself: journal, outbox file, status `queued`; then
//! status `sending`, the transport, status `sent`; then `P` or `R`, the copy for the sent folder, and only then the
//! file goes. A run that was killed while `sending` leaves `unknown`: the operator decides.

use super::{READ_ONLY, World, is_mail, with_hint};
use crate::app::effect::{ActReport, ForwardRequest, Outcome};
use crate::error::{Error, ErrorKind};
use crate::io::maildir;
use crate::io::outbox::{self, Outbox, Queued};
use crate::io::state::Status;
use crate::io::transport::{Attempt, Transport};
use crate::mail::compose::{self, ForwardAs, Outgoing, Stamp};
use crate::mail::name::{shown, unshown};
use crate::mail::{Digest, FileName, Flags, Message, Oddity, parse, unsubscribe};
use crate::triage::row::{MailKey, Place};
use crate::triage::texts::secrets;
use crate::triage::told::{Act, ActId, Deed, Target};
use std::path::Path;
use std::time::{Duration, Instant};

/// Lines of a body shown in a review.
const PREVIEW_LINES: usize = 200;
const MAYBE_SENT: &str = "dutybox was stopped while it was being sent: it may have been sent";
/// What stands above an attached mail that is not quite as it came.
const FIELD_TAKEN_OUT: &str = "The List-Unsubscribe field of the attached mail was taken out";
const BEFORE: &str = "undo again takes back what came before";
/// What is said where mail cannot leave.
const NO_SENDER: &str = "no sender is configured: set sending.smtp or sending.sendmail in the configuration";

impl World {
    /// Composes a forward and shows what would leave.
    pub(super) fn preview(&self, request: ForwardRequest) -> Outcome {
        let message = match self.read(&request.key) {
            Ok(message) => message,
            Err(why) => return Outcome::Unread(request.key, why),
        };
        let (mail, passing) = match self.compose_forward(&request, &message) {
            Ok(composed) => composed,
            Err(why) => return Outcome::Failed(why),
        };
        let mut warnings = Vec::new();
        match &passing {
            Passing::Quoted(place) => warnings.push(format!(
                "the original holds an unsubscribe link ({place}), with which anybody takes the whole team off: it goes \
                 quoted and without the link, not attached"
            )),
            Passing::Without(rest) => warnings.push(format!(
                "the original's header holds an unsubscribe link, with which anybody takes the whole team off: it goes \
                 attached without the link's field (List-Unsubscribe), {}",
                if is_cut(rest) { "and cut, as it is too large to be read whole" } else { "all else as it is" }
            )),
            Passing::AsAsked => {}
        }
        if passing.how(request.how) != ForwardAs::Inline {
            for name in self.secrets(&message) {
                warnings.push(format!("the original goes out as it is, and holds a secret: {name} (inline hides it)"));
            }
        }
        if !self.config.sends() {
            let words = "no sender is configured: it will wait in the outbox (set sending.smtp or sending.sendmail)";
            warnings.push(words.into());
        }
        let text = preview_text(&mail);
        Outcome::Preview { request, recipients: mail.recipients, text, warnings }
    }

    pub(super) fn forward(&mut self, request: ForwardRequest) -> Outcome {
        let message = match self.read(&request.key) {
            Ok(message) => message,
            Err(why) => return Outcome::Unread(request.key, why),
        };
        let (mail, passing) = match self.compose_forward(&request, &message) {
            Ok(composed) => composed,
            Err(why) => return Outcome::Failed(why),
        };
        let how = match passing.how(request.how) {
            ForwardAs::Attach => "attach",
            ForwardAs::Inline => "inline",
            ForwardAs::Redirect => "redirect",
        };
        let deed = Deed::Forward { how: how.into(), to: mail.recipients.clone(), message_id: mail.message_id.clone() };
        self.queue(request.key, &message, deed, &mail)
    }

    pub(super) fn reply(&mut self, key: MailKey, draft: &str) -> Outcome {
        let message = match self.read(&key) {
            Ok(message) => message,
            Err(why) => return Outcome::Unread(key, why),
        };
        let mail =
            match self.stamp().and_then(|stamp| compose::reply(&message, draft, &stamp).map_err(|e| e.to_string())) {
                Ok(mail) => mail,
                Err(why) => return Outcome::Failed(why),
            };
        let deed = Deed::Reply { to: mail.recipients.clone(), message_id: mail.message_id.clone() };
        self.queue(key, &message, deed, &mail)
    }

    /// The mail, and how it is passed on.
    fn compose_forward(&self, request: &ForwardRequest, message: &Message) -> Result<(Outgoing, Passing), String> {
        let redact: Vec<regex::Regex> = secrets(&self.books, message).into_iter().map(|(_, regex)| regex).collect();
        let stamp = self.stamp()?;
        let passing = Passing::of(request.how, message)?;
        let (message, note) = match &passing {
            Passing::Without(rest) => {
                let all_else = if is_cut(rest) { "" } else { "; all else is as it came" };
                let said = format!("{FIELD_TAKEN_OUT}{all_else}.");
                (rest.as_ref(), [request.note.trim_end(), &said].join("\n\n").trim_start().into())
            }
            _ => (message, request.note.clone()),
        };
        compose::forward(message, passing.how(request.how), &request.to, &note, &redact, &stamp)
            .map(|mail| (mail, passing))
            .map_err(|error| error.to_string())
    }

    /// Sender, date and a Message-ID that nobody had before.
    fn stamp(&self) -> Result<Stamp, String> {
        let from = self.config.from.clone().or_else(|| self.config.own.first().cloned());
        let from = from.ok_or("no sender address: set own = [\"you@example.org\"] in the configuration")?;
        let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain.trim_end_matches('>').trim());
        let now = self.now();
        let zone = match &self.config.zone {
            Some(name) => jiff::tz::TimeZone::get(name).unwrap_or_else(|_| jiff::tz::TimeZone::system()),
            None => jiff::tz::TimeZone::system(),
        };
        let message_id = format!("{}.{:016x}.dutybox@{domain}", now.0, maildir::random());
        Ok(Stamp { from, date: now, zone, message_id })
    }

    /// Names of the secrets that a message holds, in any of its parts.
    fn secrets(&self, message: &Message) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, regex) in secrets(&self.books, message) {
            if message.holds(&regex) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Journal, outbox, journal; then the transport.
    fn queue(&mut self, key: MailKey, message: &Message, deed: Deed, mail: &Outgoing) -> Outcome {
        let Some(folder) = self.folder(key.folder).map(|folder| folder.path_text().into_owned()) else {
            return Outcome::Failed("its folder is not open any more".into());
        };
        let target = Target {
            folder,
            base: key.base.clone(),
            digest: message.digest(),
            call: None,
            added: Flags::NONE,
            removed: Flags::NONE,
            failed: None,
        };
        let mut act = self.new_act(deed, vec![target]);
        let Some(outbox) = self.outbox.as_ref() else { return Outcome::Failed(READ_ONLY.into()) };
        if let Err(error) = self.state.begin(&mut act) {
            return Outcome::Failed(format!("nothing was queued: {}", with_hint(&error)));
        }
        let put = outbox.put(mail, act.at);
        let recorded = put.and_then(|queued| {
            let recorded = self.record(&queued, act.id, "queued", 0, None);
            if recorded.is_err() {
                // It is said not to be queued, so it must not lie there.
                let _ = self.outbox().and_then(|outbox| outbox.remove(&queued.base));
            }
            recorded.map(|()| queued)
        });
        let queued = match recorded {
            Ok(queued) => queued,
            Err(error) => {
                let why = format!("not queued: {}", with_hint(&error));
                self.fail_targets(&mut act, &why);
                let _ = self.state.finish(&act);
                let _ = self.refresh();
                return Outcome::Failed(why);
            }
        };
        let mut failed = Vec::new();
        if let Err(error) = self.state.finish(&act) {
            failed.push(format!("queued, but {}", with_hint(&error)));
        }
        let mut renamed = Vec::new();
        let state = if !self.config.sends() {
            "queued: no sender configured (set sending.smtp or sending.sendmail)".to_owned()
        } else if let Some(why) = self.just_away() {
            format!("queued: {why}")
        } else {
            match self.refresh().and_then(|()| self.attempt(&queued, &mut act)) {
                Ok(Sending { words, flagged, troubles, .. }) => {
                    failed.extend(troubles);
                    renamed.extend(flagged.map(|(name, place)| (key, name, place)));
                    words
                }
                Err(error) => format!("queued: {}", with_hint(&error)),
            }
        };
        if self.refresh().is_err() {
            self.told.apply(act.clone());
        }
        Outcome::Queued { report: ActReport { act, renamed, gone: Vec::new(), failed }, state }
    }

    /// Why the server could not be reached a moment ago: the next of many forwards does not wait for it again.
    fn just_away(&self) -> Option<String> {
        let step = Duration::from_secs(self.config.sendmail_timeout.max(1));
        self.away.as_ref().filter(|(when, _)| when.elapsed() < step).map(|(_, why)| why.clone())
    }

    fn record(
        &mut self,
        queued: &Queued,
        act: ActId,
        state: &str,
        tries: u32,
        error: Option<String>,
    ) -> Result<(), Error> {
        self.state.set_outbox(&Status { base: queued.base.clone(), act, state: state.into(), tries, error })
    }

    fn fail_targets(&self, act: &mut Act, why: &str) {
        for target in &mut act.targets {
            target.failed = Some(why.to_owned());
        }
    }

    /// One attempt to send a queued mail, where it is its turn; its act gets the flag that was set.
    fn attempt(&mut self, queued: &Queued, act: &mut Act) -> Result<Sending, Error> {
        if self.is_behind(act)? {
            return Ok(Sending::not("queued: an older mail about the same message goes first".into(), false));
        }
        self.attempt_now(queued, act, false)
    }

    /// One attempt now. `unsure`: it may have been sent before, and the operator says to try again; whatever comes of that, it
    /// may have been sent, unless it is sent now.
    fn attempt_now(&mut self, queued: &Queued, act: &mut Act, unsure: bool) -> Result<Sending, Error> {
        let Some(transport) = Transport::of(&self.config) else {
            return Err(Error::new(ErrorKind::Usage, NO_SENDER));
        };
        let busy = || {
            Error::new(ErrorKind::No, "another dutybox has it in hand, or it may have been sent")
                .hint("see: dutybox outbox")
        };
        // In hand until what came of it is recorded: who finds it `sending` and in nobody's hand knows that we were killed.
        let _held = self.outbox()?.hold(&queued.base)?.ok_or_else(busy)?;
        let stored = self.outbox()?.get(&queued.base)?;
        if !self.state.claim_outbox(&queued.base, unsure)? {
            return Err(busy());
        }
        let tries = self.status_of(&queued.base)?.map_or(1, |status| status.tries);
        let not = |state: &'static str, why: String| match unsure {
            true => ("unknown", format!("tried again, not sent: {why}; the first may have been sent")),
            false => (state, why),
        };
        match transport.send(&stored.mail.sender, &stored.mail.recipients, &stored.mail.bytes) {
            Attempt::Sent => {
                self.record(queued, act.id, "sent", tries, None)?;
                let (flagged, troubles) = self.after_sending(queued, act, &stored.mail, false);
                Ok(Sending { words: "sent".into(), sent: true, broken: false, flagged, troubles })
            }
            Attempt::Later(why) => {
                let (state, why) = not("queued", why);
                self.record(queued, act.id, state, tries, Some(why.clone()))?;
                Ok(Sending::not(format!("{state}: {why}"), false))
            }
            Attempt::Away(why) => {
                self.away = Some((Instant::now(), why.clone()));
                let (state, why) = not("queued", why);
                self.record(queued, act.id, state, tries, Some(why.clone()))?;
                Ok(Sending::not(format!("{state}: {why}"), true))
            }
            Attempt::Failed(why) => {
                let (state, why) = not("failed", why);
                self.record(queued, act.id, state, tries, Some(why.clone()))?;
                Ok(Sending::not(format!("{state}, kept in the outbox: {why}"), false))
            }
            Attempt::Broken(why) => {
                let (state, why) = not("failed", why);
                self.record(queued, act.id, state, tries, Some(why.clone()))?;
                Ok(Sending::not(format!("{state}, kept in the outbox: {why}"), true))
            }
            Attempt::Partly { accepted, later, why } => {
                let (state, why) = not(if later { "queued" } else { "failed" }, why);
                let words = self.split(queued, act, &stored.mail, &accepted, state, &why)?;
                let (flagged, troubles) = self.after_sending(queued, act, &stored.mail, false);
                Ok(Sending { words, sent: false, broken: false, flagged, troubles })
            }
            Attempt::Unknown(why) => {
                self.record(queued, act.id, "unknown", tries, Some(why.clone()))?;
                Ok(Sending::not(format!("unknown whether it was sent, not tried again: {why}"), false))
            }
        }
    }

    /// Whether an older mail about the same message waits or is being sent: what is said about one thing arrives in the order
    /// in which it was said. What failed, may have been sent, or cannot go as its file is not as it was holds nothing up.
    fn is_behind(&self, act: &Act) -> Result<bool, Error> {
        let ahead = |status: &Status| status.act < act.id && ["queued", "sending"].contains(&status.state.as_str());
        let about = |other: &Act| {
            let same = |a: &Target, b: &Target| a.digest == b.digest && a.digest != Digest::default();
            other.targets.iter().any(|target| act.targets.iter().any(|own| same(target, own)))
        };
        let older = self.state.outbox()?.into_iter().filter(ahead);
        let older: Vec<Status> = older.filter(|status| self.told.act(status.act).is_some_and(about)).collect();
        if older.is_empty() {
            return Ok(false);
        }
        let can_go = |queued: &Queued| queued.sendable() && ["queued", "sending"].contains(&queued.state.as_str());
        let waiting: Vec<Queued> = self.queued()?.into_iter().filter(can_go).collect();
        Ok(older.iter().any(|status| waiting.iter().any(|queued| queued.base == status.base)))
    }

    /// A mail that some recipients got: those who did not are left in the outbox as a mail of their own, the same but for
    /// its envelope; this one counts as sent. Stopped in between, what is left of either is `unknown`.
    fn split(
        &mut self,
        queued: &Queued,
        act: &Act,
        mail: &Outgoing,
        accepted: &[String],
        state: &str,
        why: &str,
    ) -> Result<String, Error> {
        let mut rest = mail.clone();
        rest.recipients.retain(|to| !accepted.contains(to));
        let rest = self.outbox()?.put(&rest, queued.at)?;
        let words = format!("sent to {}, not to {why}", accepted.join(", "));
        self.record(&rest, act.id, state, 1, Some(words.clone()))?;
        self.record(queued, act.id, "sent", 1, None)?;
        Ok(format!("{state} for some: {words}"))
    }

    /// The flag on the original, the copy in the sent folder, and the file out of the outbox. `again`: it was begun before.
    /// The copy has the name that the mail has in the outbox, so that there is one only.
    fn after_sending(
        &mut self,
        queued: &Queued,
        act: &mut Act,
        mail: &Outgoing,
        again: bool,
    ) -> (Option<(FileName, Place)>, Vec<String>) {
        let mut troubles = Vec::new();
        let mut renamed = None;
        let flag = match act.deed {
            Deed::Reply { .. } => Flags::REPLIED.with(Flags::SEEN),
            _ => Flags::PASSED.with(Flags::SEEN),
        };
        for target in act.targets.iter_mut().filter(|target| target.failed.is_none()) {
            let path = self.path_of(&target.folder);
            let flagged = self.fs.set_flags_in(&path, &target.base, None, flag, Flags::NONE);
            match flagged.and_then(|flagged| self.fs.sync(&path).map(|()| flagged)) {
                Ok(flagged) => {
                    target.added = target.added.with(flagged.added);
                    renamed = Some((flagged.name, flagged.place));
                }
                Err(error) => troubles.push(format!("sent, but the original does not show it: {error}")),
            }
        }
        if let Err(error) = self.state.finish(act) {
            troubles.push(format!("sent, but {}", with_hint(&error)));
        }
        // The rest of a mail that some recipients got has its copy already.
        let whole = !recipients_of(&act.deed).iter().any(|to| !mail.recipients.contains(to));
        let lies = |folder: &Path| {
            let found = self.fs.open_to_read(folder).and_then(|dirs| self.fs.find(&dirs, &queued.base));
            found.is_ok()
        };
        let copied = self.config.sent_folder.as_ref().filter(|folder| whole && !(again && lies(folder)));
        let copy = |folder: &Path| {
            self.fs.deliver_as(folder, Place::Cur, Flags::SEEN, &mail.bytes, Some(&queued.base)).map(drop)
        };
        let copied = copied.map(|folder| (folder, copy(folder)));
        if let Some((folder, Err(error))) = copied {
            let at = folder.display();
            troubles.push(format!("sent, but there is no copy in {at}: {error} (mkdir -p {at}/cur {at}/new {at}/tmp)"));
        }
        match self.clear_away(&queued.base) {
            Ok(unsure) => troubles.extend(unsure),
            Err(error) => troubles.push(format!("sent, but still in the outbox: {}", with_hint(&error))),
        }
        (renamed, troubles)
    }

    /// Removes a mail from the outbox, then its status; in words where a power cut may bring it back.
    fn clear_away(&mut self, base: &[u8]) -> Result<Option<String>, Error> {
        let unsure = self.outbox()?.remove(base)?;
        self.state.forget_outbox(base)?;
        Ok(unsure)
    }

    fn outbox(&self) -> Result<&Outbox, Error> {
        self.outbox.as_ref().ok_or_else(|| Error::new(ErrorKind::State, READ_ONLY))
    }

    fn status_of(&self, base: &[u8]) -> Result<Option<Status>, Error> {
        Ok(self.state.outbox()?.into_iter().find(|status| status.base == base))
    }

    /// Tries what waits, oldest first; what may have been sent already is left alone.
    pub(super) fn send_all(&mut self) -> Outcome {
        if !self.config.sends() {
            return Outcome::Failed(NO_SENDER.into());
        }
        let waiting = match self.complete_outbox().and_then(|()| self.refresh()).and_then(|()| self.queued()) {
            Ok(waiting) => waiting,
            Err(error) => return Outcome::Failed(with_hint(&error)),
        };
        let (mut sent, mut words) = (0, Vec::new());
        for queued in
            waiting.iter().filter(|queued| queued.sendable() && ["queued", "failed"].contains(&queued.state.as_str()))
        {
            let act = match self.status_of(&queued.base) {
                Ok(status) => status.and_then(|status| self.told.act(status.act).cloned()),
                Err(error) => return Outcome::Failed(with_hint(&error)),
            };
            let Some(mut act) = act else {
                words.push(format!("{}: the journal does not know what it is about", queued.id));
                continue;
            };
            match self.attempt(queued, &mut act) {
                Ok(sending) => {
                    sent += usize::from(sending.sent);
                    words.extend(sending.troubles);
                    if !sending.sent {
                        words.push(format!("{}: {}", queued.id, sending.words));
                    }
                    if sending.broken {
                        break;
                    }
                }
                Err(error) => words.push(format!("{}: {}", queued.id, with_hint(&error))),
            }
        }
        let left = match self.queued() {
            Ok(left) => left.len(),
            Err(error) => return Outcome::Failed(with_hint(&error)),
        };
        words.insert(0, format!("{sent} sent, {left} in the outbox"));
        Outcome::Outbox { waiting: left, message: words.join("; ") }
    }

    /// Tries one mail because the operator says so: also one that may have been sent already.
    pub(super) fn send_one(&mut self, id: &str) -> Outcome {
        if !self.config.sends() {
            return Outcome::Failed(NO_SENDER.into());
        }
        let completed = self.complete_outbox().and_then(|()| self.refresh()).map_err(|error| with_hint(&error));
        match completed
            .and_then(|()| self.one_of_the_outbox(id))
            .and_then(|queued| self.try_again(&queued).map_err(|error| with_hint(&error)))
        {
            Ok(words) => match self.queued() {
                Ok(left) => Outcome::Outbox { waiting: left.len(), message: words },
                Err(error) => Outcome::Failed(with_hint(&error)),
            },
            Err(why) => Outcome::Failed(why),
        }
    }

    fn try_again(&mut self, queued: &Queued) -> Result<String, Error> {
        let refused = |words: &str| Error::new(ErrorKind::No, words);
        let drop = format!("drop it and forward again: dutybox outbox drop {}", queued.id);
        if queued.state == "sending" {
            return Err(refused("it is being sent right now"));
        }
        if !queued.sendable() {
            let why = queued.error.clone().unwrap_or_default();
            return Err(refused(&why).hint(drop));
        }
        let status = self.status_of(&queued.base)?;
        let act = status.as_ref().and_then(|status| self.told.act(status.act).cloned());
        let (Some(status), Some(mut act)) = (status, act) else {
            return Err(refused("the journal does not know what it is about").hint(drop));
        };
        let sending = self.attempt_now(queued, &mut act, status.state == "unknown")?;
        let words: Vec<String> = std::iter::once(sending.words).chain(sending.troubles).collect();
        Ok(format!("{}: {}", queued.id, words.join("; ")))
    }

    /// The only mail of the outbox that the text names.
    fn one_of_the_outbox(&self, id: &str) -> Result<Queued, String> {
        let list = self.queued().map_err(|error| with_hint(&error))?;
        match outbox::find(&list, id).as_slice() {
            [] => Err(format!("no mail {id} in the outbox (see: dutybox outbox)")),
            [one] => Ok((*one).clone()),
            several => {
                let ids: Vec<&str> = several.iter().map(|queued| queued.id.as_str()).collect();
                Err(format!("{id} is not one mail but {}: {}", several.len(), ids.join(", ")))
            }
        }
    }

    /// Who got this mail already, where some did: the act names all, the outbox holds it for the others.
    fn gone_to(queued: &Queued, act: &Act) -> Vec<String> {
        let all = recipients_of(&act.deed).iter();
        all.filter(|to| queued.sendable() && !queued.recipients.contains(to)).cloned().collect()
    }

    /// Drops a queued mail: the same as taking back the act that queued it, where that is known.
    pub(super) fn drop_queued(&mut self, id: &str) -> Outcome {
        let refreshed = self.refresh().map_err(|error| with_hint(&error));
        let queued = match refreshed.and_then(|()| self.one_of_the_outbox(id)) {
            Ok(queued) => queued,
            Err(why) => return Outcome::Failed(why),
        };
        if queued.state == "sending" {
            return Outcome::Failed("it is being sent right now".into());
        }
        let status = match self.status_of(&queued.base) {
            Ok(status) => status,
            Err(error) => return Outcome::Failed(with_hint(&error)),
        };
        let act = status.and_then(|status| self.told.act(status.act).cloned()).filter(|act| self.told.stands(act.id));
        let done = match act {
            // What was sent to some, or may have been, is not taken back by dropping its file.
            Some(act)
                if ["queued", "failed"].contains(&queued.state.as_str())
                    && World::gone_to(&queued, &act).is_empty() =>
            {
                self.take_back(&act).map(|report| report.failed)
            }
            _ => self.clear_away(&queued.base).map(|unsure| unsure.into_iter().collect()),
        };
        match done.and_then(|unsure| Ok((unsure, self.queued()?))) {
            Ok((unsure, left)) => {
                let said = [vec![format!("dropped: {}", queued.subject)], unsure].concat();
                Outcome::Outbox { waiting: left.len(), message: said.join("; ") }
            }
            Err(error) => Outcome::Failed(with_hint(&error)),
        }
    }

    /// A mail that may have been sent did arrive: an act of its own, and from then on it counts as sent.
    pub(super) fn arrived(&mut self, id: &str) -> Outcome {
        let completed = self.complete_outbox().and_then(|()| self.refresh()).map_err(|error| with_hint(&error));
        let settled = completed.and_then(|()| self.one_of_the_outbox(id)).and_then(|queued| {
            let said = self.settle_arrived(&queued).map_err(|error| with_hint(&error))?;
            Ok((queued, said))
        });
        match settled {
            Ok((queued, mut troubles)) => {
                // That the others cannot be counted does not make it undone.
                let left = self.queued().map_err(|error| troubles.push(with_hint(&error))).unwrap_or_default();
                let words = [vec![format!("arrived, and counts as sent: {}", queued.subject)], troubles].concat();
                Outcome::Outbox { waiting: left.len(), message: words.join("; ") }
            }
            Err(why) => Outcome::Failed(why),
        }
    }

    fn settle_arrived(&mut self, queued: &Queued) -> Result<Vec<String>, Error> {
        let refused = |words: String| Error::new(ErrorKind::No, words);
        match queued.state.as_str() {
            "unknown" => {}
            "sending" => return Err(refused("it is being sent right now".into())),
            state => {
                let words = format!("it cannot have arrived: it is {state}, and was not sent");
                return Err(refused(words).hint("see: dutybox outbox"));
            }
        }
        let status = self.status_of(&queued.base)?;
        let act = status.as_ref().and_then(|status| self.told.act(status.act).cloned());
        let (Some(status), Some(mut act)) = (status, act) else {
            let drop = format!("where it arrived, drop it: dutybox outbox drop {}", queued.id);
            return Err(refused("the journal does not know what it is about".into()).hint(drop));
        };
        let busy = || refused("another dutybox has it in hand".into()).hint("see: dutybox outbox");
        let _held = self.outbox()?.hold(&queued.base)?.ok_or_else(busy)?;
        // Where its file is gone, only the word of it is left.
        let stored = if queued.sendable() { Some(self.outbox()?.get(&queued.base)?) } else { None };
        let deed = Deed::Arrived { of: act.id, mail: shown(&queued.base) };
        let about = act.targets.iter().cloned();
        let about = about.map(|target| Target { added: Flags::NONE, removed: Flags::NONE, ..target }).collect();
        let mut told = self.new_act(deed, about);
        self.state.begin(&mut told)?;
        // Whatever comes in between now, the next start completes it.
        self.state.set_outbox(&Status { state: "sent".into(), error: None, ..status })?;
        let troubles = match stored {
            Some(stored) => self.after_sending(queued, &mut act, &stored.mail, true).1,
            None => self.clear_away(&queued.base)?.into_iter().collect(),
        };
        self.state.finish(&told)?;
        self.refresh()?;
        Ok(troubles)
    }

    /// An arrival that was begun: the mail counts as sent, and is cleared away with the others that were.
    pub(super) fn complete_arrival(&mut self, mail: &str) -> Result<(), Error> {
        match self.status_of(&unshown(mail))?.filter(|status| status.state == "unknown") {
            Some(status) => self.state.set_outbox(&Status { state: "sent".into(), error: None, ..status }),
            None => Ok(()),
        }
    }

    /// Undo of a forward or reply: possible as long as it waits.
    pub(super) fn undo_mail(&mut self, act: &Act) -> Outcome {
        let to = recipients_of(&act.deed).join(", ");
        let status = match self.state.outbox() {
            Ok(all) => all.into_iter().find(|status| status.act == act.id),
            Err(error) => return Outcome::Failed(with_hint(&error)),
        };
        let waiting = match self.queued() {
            Ok(all) => all.into_iter().find(|queued| status.as_ref().is_some_and(|status| status.base == queued.base)),
            Err(error) => return Outcome::Failed(with_hint(&error)),
        };
        let gone = waiting.map(|queued| World::gone_to(&queued, act)).unwrap_or_default();
        let why = match status.as_ref().map(|status| status.state.as_str()) {
            Some("queued" | "failed") if !gone.is_empty() => {
                format!(
                    "cannot undo: the mail was sent to {} (dutybox outbox drops it for the others)",
                    gone.join(", ")
                )
            }
            None | Some("sent") => format!("cannot undo a sent mail ({} to {to})", act.deed.word()),
            Some("queued" | "failed") => match self.take_back(act) {
                Ok(report) => return Outcome::Acted(report),
                // It stands in the journal that this was tried.
                Err(error) => return Outcome::Failed(format!("{}; {BEFORE}", with_hint(&error))),
            },
            Some(_) => format!("cannot undo: the mail to {to} may have been sent"),
        };
        // Tried, and in vain: it stands in the journal, so that the next undo, also of another run, takes the one before.
        let targets = act.targets.iter().cloned();
        let targets = targets.map(|target| Target { added: Flags::NONE, removed: Flags::NONE, ..target });
        let mut undo = self.new_act(Deed::Undo(act.id), targets.collect());
        self.fail_targets(&mut undo, &why);
        let recorded =
            self.state.begin(&mut undo).and_then(|()| self.state.finish(&undo)).and_then(|()| self.refresh());
        if let Err(error) = recorded {
            return Outcome::Failed(format!("{why}; and {}", with_hint(&error)));
        }
        Outcome::Failed(format!("{why}; {BEFORE}"))
    }

    /// Takes a waiting mail out of the outbox; an act of its own.
    fn take_back(&mut self, act: &Act) -> Result<ActReport, Error> {
        let targets =
            act.targets.iter().cloned().map(|target| Target { added: Flags::NONE, removed: Flags::NONE, ..target });
        let mut undo = self.new_act(Deed::Undo(act.id), targets.collect());
        self.state.begin(&mut undo)?;
        let taken = self.take_out(act.id);
        if let Err(error) = &taken {
            let why = error.message.clone();
            self.fail_targets(&mut undo, &why);
        }
        self.state.finish(&undo)?;
        let unsure = taken?;
        self.refresh()?;
        Ok(ActReport { act: undo, renamed: Vec::new(), gone: Vec::new(), failed: unsure })
    }

    /// Removes the waiting mail of an act from the outbox, so that no other instance can send it meanwhile.
    /// In words where a power cut may bring it back.
    pub(super) fn take_out(&mut self, act: ActId) -> Result<Vec<String>, Error> {
        let mut unsure = Vec::new();
        for status in self.state.outbox()?.into_iter().filter(|status| status.act == act) {
            let held = self.outbox()?.hold(&status.base)?;
            if held.is_none() {
                return Err(Error::new(ErrorKind::No, "it is being sent right now"));
            }
            // While completing, our own claim may already be there.
            if !self.state.claim_outbox(&status.base, false)? && !self.state.alone() {
                return Err(Error::new(ErrorKind::No, "it is being sent right now, or may have been sent"));
            }
            match self.clear_away(&status.base) {
                Ok(said) => unsure.extend(said),
                Err(error) => {
                    // It waits as before: nobody tried to send it.
                    self.state.set_outbox(&status)?;
                    return Err(error);
                }
            }
        }
        Ok(unsure)
    }

    // After a killed run ----------------------------------------------------------------------------------------------

    /// A forward that was begun: its file is there, then it is queued; or it is not, then it failed.
    pub(super) fn complete_queueing(&mut self, act: &mut Act, message_id: &str) -> Result<(), Error> {
        let files = self.outbox()?.list()?;
        match files.iter().find(|queued| queued.message_id == message_id && queued.sendable()) {
            Some(queued) => {
                if self.status_of(&queued.base)?.is_none() {
                    self.record(queued, act.id, "queued", 0, None)?;
                }
            }
            None => self.fail_targets(act, "not queued: dutybox was stopped"),
        }
        Ok(())
    }

    /// What was being sent by somebody who is no more is unknown; what was sent is cleared away.
    pub(super) fn complete_outbox(&mut self) -> Result<(), Error> {
        let unfinished = |status: &Status| ["sending", "sent"].contains(&status.state.as_str());
        let statuses: Vec<Status> = self.state.outbox()?.into_iter().filter(unfinished).collect();
        if statuses.is_empty() {
            return Ok(());
        }
        let acts = self.state.acts()?;
        for status in statuses {
            let alone = self.state.alone();
            let outbox = self.outbox()?;
            let held = if alone { outbox.hold_at_last(&status.base)? } else { outbox.hold(&status.base)? };
            let Some(_held) = held else { continue };
            // What it was before it was in our hand may be past.
            let Some(status) = self.status_of(&status.base)?.filter(unfinished) else { continue };
            if status.state == "sending" {
                let error = Some(MAYBE_SENT.to_owned());
                self.state.set_outbox(&Status { state: "unknown".into(), error, ..status })?;
                continue;
            }
            let stored = self.outbox()?.get(&status.base);
            let act = acts.iter().find(|act| act.id == status.act && is_mail(&act.deed)).cloned();
            match (stored, act) {
                (Ok(stored), Some(mut act)) => {
                    let list = self.outbox()?.list()?;
                    if let Some(queued) = list.iter().find(|queued| queued.base == status.base) {
                        // What goes wrong here was said when it was sent, and the mail is out.
                        let _ = self.after_sending(queued, &mut act, &stored.mail, true);
                    }
                }
                _ => self.state.forget_outbox(&status.base)?,
            }
        }
        Ok(())
    }

    /// Looks only: what was being sent by somebody who is no more is shown as the unknown that it is.
    pub(super) fn truly(&self, mut queued: Vec<Queued>) -> Vec<Queued> {
        for mail in queued.iter_mut().filter(|mail| mail.state == "sending") {
            let held = self.outbox.as_ref().map(|outbox| outbox.hold(&mail.base));
            if let Some(Ok(Some(_))) = held {
                mail.state = "unknown".into();
                mail.error = Some(MAYBE_SENT.to_owned());
            }
        }
        queued
    }
}

/// How a message may be passed on, for the links that unsubscribe: they never leave.
enum Passing {
    /// As asked for: it holds none.
    AsAsked,
    /// Attached, but for the header fields that are there for such links and are the only place of them: a file that came
    /// with it still arrives.
    Without(Box<Message>),
    /// Quoted instead of attached; the link stands there, in words.
    Quoted(String),
}

impl Passing {
    /// How this message goes where that is asked for.
    ///
    /// # Errors
    /// Why it does not.
    fn of(how: ForwardAs, message: &Message) -> Result<Passing, String> {
        let Some(place) = unsubscribe::found(message) else { return Ok(Passing::AsAsked) };
        let without = || unsubscribe::without_fields(message).map(Box::new);
        match how {
            ForwardAs::Inline => Ok(Passing::AsAsked),
            ForwardAs::Attach => Ok(without().map_or(Passing::Quoted(place), Passing::Without)),
            // The same mail with another header would not be the same: its signature would be broken.
            ForwardAs::Redirect => Err(format!(
                "it holds an unsubscribe link ({place}), with which anybody takes the whole team off: forward it {}, \
                 without the link",
                if without().is_some() { "attached or inline" } else { "inline" }
            )),
        }
    }

    /// How it goes then.
    fn how(&self, asked: ForwardAs) -> ForwardAs {
        if matches!(self, Passing::Quoted(_)) { ForwardAs::Inline } else { asked }
    }
}

fn is_cut(message: &Message) -> bool {
    message.oddities.contains(&Oddity::FileCut)
}

/// To whom an act sent a mail.
fn recipients_of(deed: &Deed) -> &[String] {
    match deed {
        Deed::Forward { to, .. } | Deed::Reply { to, .. } => to,
        _ => &[],
    }
}

/// What came of an attempt.
struct Sending {
    words: String,
    sent: bool,
    /// What is configured does not work, or the server is away: trying others is of no use.
    broken: bool,
    flagged: Option<(FileName, Place)>,
    troubles: Vec<String>,
}

impl Sending {
    fn not(words: String, broken: bool) -> Sending {
        Sending { words, sent: false, broken, flagged: None, troubles: Vec::new() }
    }
}

/// A composed mail for people: its headers decoded, the start of its text, what is attached.
fn preview_text(mail: &Outgoing) -> String {
    let message = parse::message(mail.bytes.clone());
    let mut lines: Vec<String> = Vec::new();
    let wanted = [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "Resent-From",
        "Resent-To",
        "Resent-Date",
        "Resent-Message-ID",
    ];
    for header in &message.headers {
        if wanted.iter().any(|name| header.name.eq_ignore_ascii_case(name)) {
            lines.push(format!("{}: {}", header.name, header.value));
        }
    }
    lines.push(String::new());
    let body = &message.body().text;
    let mut rest = body.lines();
    lines.extend(rest.by_ref().take(PREVIEW_LINES).map(str::to_owned));
    if rest.next().is_some() {
        lines.push("…".into());
    }
    for part in message.parts().iter().filter(|part| part.attachment) {
        let name = part.name.as_deref().unwrap_or(&part.safe_name);
        lines.push(format!("[attached: {name}, {}, {} bytes]", part.content_type, part.size));
    }
    lines.join("\n")
}
