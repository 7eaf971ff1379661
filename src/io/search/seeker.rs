//! The thread that answers the screen, and fills the index of words while nothing is asked, newest mail first.
//!
//! It is told of all mail, as the list is. What the index does not hold yet is kept in mind, read for the index once all mail
//! is listed, and read for each search until then.

use super::words::Words;
use super::{BATCH_BYTES, answers, ask, batches, texts};
use crate::io::index::{self, Cache};
use crate::io::pool::{STACK, in_parallel};
use crate::io::seen;
use crate::mail::FileName;
use crate::triage::query::deep::{Answers, Facts, Mail, Question};
use crate::triage::row::{Change, Folder, FolderId, MailKey};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

/// Mails that the index takes in at once: so long a question waits at most, so many are read again where the program ends
/// meanwhile.
const TAKEN_IN: usize = 100;
/// Batches that are read for a search before other questions are looked at.
const AT_ONCE: usize = 4;
/// When mail that may still be written to is looked at again.
const LATER: Duration = Duration::from_secs(1);

/// Asks the thread for something.
#[derive(Debug)]
pub enum Ask {
    /// All folders.
    Folders(Vec<Folder>),
    /// These mails lie there, so.
    Here(Vec<Mail>),
    /// This one does not any more.
    Gone(MailKey),
    /// This one is called so now.
    Renamed(Mail),
    /// All mail was told of once.
    Complete,
    /// Search: instead of a search of another number, or for more mails of the same.
    Find {
        /// Stands in the answers.
        number: u64,
        /// What is asked; nothing: no search goes on.
        questions: Arc<[Question]>,
        /// Whom.
        among: Vec<Mail>,
        /// Whether these are all that are still to be asked, not some more.
        anew: bool,
    },
    /// End.
    Stop,
}

/// What it tells.
#[derive(Debug)]
pub enum Told {
    /// Answers, and how many mails are still to be asked, of how many.
    Found {
        /// Of the search.
        number: u64,
        /// To all of its questions.
        answers: Answers,
        /// Mails that were asked.
        done: usize,
        /// Mails to ask.
        of: usize,
    },
    /// How many mails the index took in, of how many it did not hold. All: it is complete.
    Indexed(usize, usize),
}

/// What the thread is told of changes to the list.
pub fn asks_of(change: &Change, row: impl Fn(&MailKey) -> Option<Mail>) -> Option<Ask> {
    Some(match change {
        Change::Folders(folders) => Ask::Folders(folders.clone()),
        Change::Rows(rows) => Ask::Here(rows.iter().filter_map(Mail::of).collect()),
        Change::Renamed(key, name, place) => Ask::Renamed(Mail { name: name.clone(), place: *place, ..row(key)? }),
        Change::Vanished(key) => Ask::Gone(key.clone()),
        Change::Complete => Ask::Complete,
        Change::FolderError(..) | Change::Progress { .. } => return None,
    })
}

/// Starts it. It ends when it is asked to, or when there is nobody to tell.
pub fn start(cache: Option<Cache>, tell: impl Fn(Told) -> bool + Send + 'static) -> Sender<Ask> {
    let (ask, asked) = channel();
    // Without the thread no search of mails comes to an end; the list is there all the same.
    let _ = thread::Builder::new().name("dutybox-seeker".into()).stack_size(STACK).spawn(move || {
        // This thread alone, and those that it starts: whoever looks at the screen goes first.
        let _ = rustix::process::nice(5);
        let mut seeker = Seeker {
            store: cache.as_ref().and_then(Words::open),
            tell: Box::new(tell),
            folders: Vec::new(),
            stored: HashMap::new(),
            todo: BTreeMap::new(),
            rests: false,
            complete: false,
            taken: 0,
            search: None,
        };
        seeker.run(&asked);
    });
    ask
}

/// The newest first.
type Order = (Reverse<i64>, MailKey);

fn order(key: &MailKey) -> Order {
    (Reverse(FileName::new(Arc::clone(&key.base)).seconds().unwrap_or(i64::MAX)), key.clone())
}

/// A search that goes on.
struct Search {
    number: u64,
    questions: Arc<[Question]>,
    left: VecDeque<Vec<Mail>>,
    done: usize,
    of: usize,
}

struct Seeker {
    /// The index of words, as long as there is one.
    store: Option<Words>,
    tell: Box<dyn Fn(Told) -> bool>,
    folders: Vec<PathBuf>,
    /// What the index held when a folder was first told of, and was not told of yet.
    stored: HashMap<FolderId, HashMap<Box<[u8]>, Facts>>,
    /// Mail that the index does not hold.
    todo: BTreeMap<Order, Mail>,
    /// Whether nothing of that can be taken in just now: it waits a little.
    rests: bool,
    complete: bool,
    /// Taken in since all was told of.
    taken: usize,
    search: Option<Search>,
}

impl Seeker {
    fn run(&mut self, asked: &Receiver<Ask>) {
        loop {
            let ask = if self.search.is_some() || self.takes_in() {
                asked.try_recv()
            } else {
                asked.recv_timeout(LATER).map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                })
            };
            let go_on = match ask {
                Ok(ask) => self.take(ask),
                Err(TryRecvError::Empty) if self.search.is_some() => self.go_on_searching(),
                Err(TryRecvError::Empty) if self.takes_in() => self.take_in(),
                Err(TryRecvError::Empty) => {
                    self.rests = false;
                    true
                }
                Err(TryRecvError::Disconnected) => false,
            };
            if !go_on {
                return;
            }
        }
    }

    /// Whether there is anybody to tell.
    fn take(&mut self, ask: Ask) -> bool {
        match ask {
            Ask::Folders(folders) => {
                for (number, folder) in folders.iter().enumerate().skip(self.folders.len()) {
                    let id = FolderId(u16::try_from(number).unwrap_or(u16::MAX));
                    if let Some(stored) = self.store.as_ref().and_then(|store| store.stored(&folder.path)) {
                        self.stored.insert(id, stored);
                    }
                }
                self.folders = folders.into_iter().map(|folder| folder.path).collect();
            }
            // Without an index nothing is kept in mind: a search names the mails that it asks.
            Ask::Here(_) if self.store.is_none() => self.todo.clear(),
            Ask::Here(mails) => mails.into_iter().for_each(|mail| {
                let stored = self.stored.get_mut(&mail.key.folder).and_then(|stored| stored.remove(&*mail.key.base));
                let known = |store: &Words| self.complete && store.knows(&self.folders, &mail);
                // All mail is told of again when the runbooks changed.
                if stored != Some(mail.facts) && !self.store.as_ref().is_some_and(known) {
                    self.todo.insert(order(&mail.key), mail);
                }
            }),
            Ask::Renamed(mail) => {
                if let Some(known) = self.todo.get_mut(&order(&mail.key)) {
                    *known = mail;
                }
            }
            Ask::Gone(key) => {
                self.todo.remove(&order(&key));
                if let Some(store) = &self.store {
                    // What cannot be dropped is nobody's message, and is dropped at the next start.
                    let _ = store.remove(&self.folders, &[key]);
                }
            }
            Ask::Complete => {
                self.complete = true;
                let gone: Vec<MailKey> = self
                    .stored
                    .drain()
                    .flat_map(|(folder, stored)| {
                        stored.into_keys().map(move |base| MailKey { folder, base: base.into() })
                    })
                    .collect();
                if let Some(store) = self.store.as_ref().filter(|_| !gone.is_empty()) {
                    let _ = store.remove(&self.folders, &gone);
                }
                return self.tell_indexed();
            }
            Ask::Find { number, questions, among, anew } => return self.find(number, questions, among, anew),
            Ask::Stop => return false,
        }
        true
    }

    fn tell_indexed(&self) -> bool {
        !self.complete || self.store.is_none() || (self.tell)(Told::Indexed(self.taken, self.taken + self.todo.len()))
    }

    fn find(&mut self, number: u64, questions: Arc<[Question]>, among: Vec<Mail>, anew: bool) -> bool {
        if questions.is_empty() {
            self.search = None;
            return true;
        }
        let mut asked = among;
        if let Some(store) = &self.store
            && let Some(answers) = answers(store, &self.folders, &questions, &asked)
        {
            let known: HashSet<MailKey> = answers.looked.iter().cloned().collect();
            asked.retain(|mail| !known.contains(&mail.key));
            // Another program may have dropped what this one had taken in.
            for mail in asked.iter().filter(|_| self.complete) {
                self.todo.entry(order(&mail.key)).or_insert_with(|| mail.clone());
            }
            let (done, of) = self.progress(number, anew, asked.len());
            if !(self.tell)(Told::Found { number, answers, done, of }) {
                return false;
            }
        }
        self.give_up_damaged();
        let (done, of) = self.progress(number, anew, asked.len());
        let left = batches(asked);
        match self.search.as_mut().filter(|search| search.number == number && !anew) {
            Some(search) => {
                // More mail came while it went on.
                search.of = of;
                search.left.extend(left);
            }
            None => {
                let search = Search { number, questions, left: left.into(), done, of };
                self.search = (!search.left.is_empty()).then_some(search);
            }
        }
        true
    }

    /// Mails that were asked, and to ask, with so many more.
    fn progress(&self, number: u64, anew: bool, more: usize) -> (usize, usize) {
        let search = self.search.as_ref().filter(|search| search.number == number && !anew);
        search.map_or((0, more), |search| (search.done, search.of + more))
    }

    /// Where the index turned out to be damaged all mail is read for a search, as without one.
    fn give_up_damaged(&mut self) {
        if self.store.as_ref().is_some_and(Words::is_damaged) {
            self.store = None;
        }
    }

    fn go_on_searching(&mut self) -> bool {
        let Some(search) = &mut self.search else { return true };
        let mails: Vec<Vec<Mail>> = search.left.drain(..search.left.len().min(AT_ONCE)).collect();
        let (folders, questions, number, of) = (&self.folders, &search.questions, search.number, search.of);
        let (tell, done) = (&self.tell, &mut search.done);
        let stop = AtomicBool::new(false);
        let told = in_parallel(
            &mails,
            &stop,
            |mails| (mails.len(), ask(folders, mails, questions)),
            |answers| {
                answers.is_none_or(|(count, answers)| {
                    *done += count;
                    tell(Told::Found { number, answers, done: *done, of })
                })
            },
        );
        if search.left.is_empty() {
            self.search = None;
        }
        told
    }

    /// Whether there is something for the index: once all is listed, so that it is the newest.
    fn takes_in(&self) -> bool {
        self.store.is_some() && self.complete && !self.rests && !self.todo.is_empty()
    }

    /// Has the index take in the newest mails that it does not hold.
    fn take_in(&mut self) -> bool {
        let Some(store) = &self.store else { return true };
        let now = seen::clock();
        let whole = self.todo.values().filter(|mail| !index::is_young(mail.facts.mtime, now));
        let mut bytes = 0;
        let fits = |mail: &&Mail| {
            let before = bytes;
            bytes += mail.facts.size;
            before < BATCH_BYTES
        };
        let mails: Vec<Mail> = whole.take(TAKEN_IN).take_while(fits).cloned().collect();
        // Another program may have been quicker.
        let (known, unknown): (Vec<Mail>, Vec<Mail>) =
            mails.into_iter().partition(|mail| store.knows(&self.folders, mail));
        let (texts, mut settled) = texts(&self.folders, &unknown);
        if !texts.is_empty() && store.add(&self.folders, &texts).is_none() {
            // Full, or broken: all mail is read for a search, as without an index.
            self.store = None;
            return (self.tell)(Told::Indexed(0, 0));
        }
        settled.extend(known);
        self.rests = settled.is_empty();
        self.taken += settled.len();
        settled.iter().for_each(|mail| drop(self.todo.remove(&order(&mail.key))));
        self.tell_indexed()
    }
}
