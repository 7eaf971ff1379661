//! The command line: one file for each group of commands, and the composition root.
//!
//! - [`args`]: what may be typed; help, completions and manual are made from it.
//! - [`setup`]: arguments, environment and files, made into what the layers below need; the clock.
//! - [`out`]: the one writer: cleaned text, JSON, errors with what to type next.
//! - [`json`]: the shapes of `--json`.
//! - [`choose`]: which messages a command is about.
//! - [`list`], [`incidents`], [`show`], [`explain`], [`replay`]: looking, which changes no mail and no act.
//! - [`act`]: carries out mark, done, claim, note and the like, their opposites; undo, redo.
//! - [`tell`]: switches, what is expected, what is ignored; [`reach`]: people who are reached, and what came of it;
//!   [`steps`]: checklists and texts for bugs; [`journal`]: all acts.
//! - [`send`]: forward, reply, the outbox.
//! - [`check`]: what is odd about configuration and runbooks.
//! - [`shell`]: completions and the manual.
//! - [`demo`]: the example mailbox.

pub mod act;
pub mod args;
pub mod check;
pub mod choose;
pub mod demo;
pub mod explain;
pub mod incidents;
pub mod journal;
pub mod json;
pub mod list;
pub mod out;
pub mod reach;
pub mod replay;
pub mod send;
pub mod setup;
pub mod shell;
pub mod show;
pub mod steps;
pub mod tell;

use crate::config::nearest;
use crate::error::{Error, ErrorKind};
use crate::io::local;
use crate::mail::text;
use crate::session::{self, Setup};
use crate::triage::told::{Deed, Scope, Shelf};
use crate::triage::when::Toward;
use args::{Chosen, Cli, Command, Filtered};
use clap::{CommandFactory, Parser};
use out::{Failure, Out};
use setup::{Desk, desk};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    local::private_umask();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe is none either. An error quotes what was typed, which a
            // script may have taken from a mail.
            let _ = if error.use_stderr() {
                let words = text::clean_lines(&error.render().to_string());
                std::io::stderr().write_all(words.as_bytes())
            } else {
                error.print()
            };
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(crate::error::EXIT_USAGE));
        }
    };
    let mut out = Out::new(cli.globals.color, cli.globals.json);
    let ended = run(&cli, &mut out).and_then(|code| out.finish().map(|()| code));
    ExitCode::from(ended.unwrap_or_else(|failure| out::report(&failure)))
}

fn run(cli: &Cli, out: &mut Out) -> Result<u8, Failure> {
    let (globals, maildir) = (&cli.globals, cli.maildir_arg.as_deref());
    let Some(command) = &cli.command else { return open(cli, maildir) };
    let desk = || desk(globals, maildir);
    let act = |deed: Deed, chosen: &Chosen, out: &mut Out| act::act(&desk()?, deed, chosen, out);
    match command {
        Command::Demo(args) => demo::demo(globals, args, out),
        Command::List(args) => list::list(&desk()?, args, out),
        Command::Search(args) => list::list(&desk()?, &Filtered { query: args.query.clone(), limit: args.limit }, out),
        Command::Index => list::index(&desk()?, out),
        Command::Incidents(args) => incidents::incidents(&desk()?, args, out),
        Command::Show(args) => show::show(&desk()?, args, out),
        Command::Explain(args) => explain::explain(&desk()?, args, out),
        Command::Categories => list::categories(&desk()?, out),
        Command::Mark(chosen) => act(Deed::Mark, chosen, out),
        Command::Unmark(chosen) => act(Deed::Unmark, chosen, out),
        Command::See(chosen) => act(Deed::See, chosen, out),
        Command::Unsee(chosen) => act(Deed::Unsee, chosen, out),
        Command::Ignore(args) => tell::ignore(&desk()?, args, out),
        Command::Unignore(chosen) => act(Deed::Unignore { scope: scope(chosen) }, chosen, out),
        Command::Ignored => tell::ignored(&desk()?, out),
        Command::Done(chosen) => act(Deed::Done, chosen, out),
        Command::Undone(chosen) => act(Deed::Undone, chosen, out),
        Command::Snooze(args) => {
            let desk = desk()?;
            let until = args.until.read(desk.now, &desk.zone, Toward::Future)?;
            act::act(&desk, Deed::Snooze { until, scope: scope(&args.chosen) }, &args.chosen, out)
        }
        Command::Unsnooze(chosen) => act(Deed::Unsnooze { scope: scope(chosen) }, chosen, out),
        Command::Claim(chosen) => act(Deed::Claim { scope: scope(chosen) }, chosen, out),
        Command::Unclaim(chosen) => act(Deed::Unclaim { scope: scope(chosen) }, chosen, out),
        Command::Resolve(args) => reach::resolve(&desk()?, args, out),
        Command::Page(args) => reach::page(&desk()?, args, out),
        Command::Answered(args) => reach::answered(&desk()?, args, out),
        Command::Severity(args) => reach::severity(&desk()?, args, out),
        Command::Step(args) => steps::step(&desk()?, args, out),
        Command::BugText(args) => steps::bug_text(&desk()?, args, out),
        Command::Logged(args) => reach::logged(&desk()?, args, out),
        Command::Switch(args) => tell::switch(&desk()?, args, out),
        Command::Expect(args) => tell::expect(&desk()?, args, out),
        Command::Synced => act::at_large(&desk()?, Deed::Synced, out),
        Command::Trash(chosen) => {
            let desk = desk()?;
            let deed = match desk.config.trash_folder.clone() {
                Some(to) => Deed::Move { shelf: Shelf::Trash, to },
                None => Deed::Trash,
            };
            act::act(&desk, deed, chosen, out)
        }
        Command::Archive(chosen) => {
            let desk = desk()?;
            let to = desk.config.archive_folder.clone().ok_or_else(|| {
                Error::new(ErrorKind::Usage, "no archive folder is set")
                    .hint("set archive-folder = \"Archive\" in the configuration, or: dutybox move ID --to FOLDER")
            })?;
            act::act(&desk, Deed::Move { shelf: Shelf::Archive, to }, chosen, out)
        }
        Command::Move(args) => {
            // A path as a shell completes it begins where one stands; a name in the Maildir does not.
            let to = match args.to.starts_with("./") || args.to.starts_with("../") {
                true => std::path::absolute(&args.to).map_or(args.to.clone(), |path| path.display().to_string()),
                false => args.to.clone(),
            };
            act(Deed::Move { shelf: Shelf::Folder, to }, &args.chosen, out)
        }
        Command::Untrash(chosen) => act::untrash(&desk()?, chosen, out),
        Command::Note(args) => act(Deed::Note { text: note(&args.text)? }, &args.chosen, out),
        Command::Reply(args) => send::reply(&desk()?, args, out),
        Command::Forward(args) => send::forward(&desk()?, args, out),
        Command::Undo(args) => act::undo(&desk()?, args.act, out),
        Command::Redo => act::redo(&desk()?, out),
        Command::Journal(args) => journal::journal(&desk()?, args, out),
        Command::Outbox(args) => send::outbox(&desk()?, args.what.as_ref(), out),
        Command::Check(args) => check::check(globals, args, out),
        Command::Replay(args) => replay::replay(&desk()?, args, out),
        Command::Completions(args) => Ok(shell::completions(args.shell, out)),
        Command::Man => shell::man(out),
    }
}

/// How far an act about these messages reaches.
fn scope(chosen: &Chosen) -> Scope {
    if chosen.incident { Scope::Incident } else { Scope::Message }
}

fn note(text: &str) -> Result<String, Failure> {
    let text = if text == "-" { choose::standard_input()? } else { text.to_string() };
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the note is empty").hint("type the note after --text").into());
    }
    Ok(text.to_string())
}

/// Opens the inbox on the terminal.
fn open(cli: &Cli, maildir: Option<&Path>) -> Result<u8, Failure> {
    if cli.globals.json {
        return Err(Error::new(ErrorKind::Usage, "--json goes with a command")
            .hint("type: dutybox list --json")
            .into());
    }
    if let Some(word) = maildir
        && !local::exists(word)
    {
        return Err(no_such(word).into());
    }
    let Desk { config, mut options, books, hosts, maildirs, cache, .. } = desk(&cli.globals, maildir)?;
    // What is told there would be dated at that time: looking back is looking only.
    options.read_only |= cli.globals.as_of.is_some() && !cli.globals.backdate;
    let title = maildirs.first().and_then(|dir| dir.file_name());
    let title = title.map_or("mail".to_string(), |name| name.to_string_lossy().into_owned());
    let title = if maildirs.len() > 1 { format!("{title} +{}", maildirs.len() - 1) } else { title };
    Ok(session::run(Setup { config, books, maildirs, options, hosts, cache: Some(cache), title, welcome: None })?)
}

/// A first word that is neither a Maildir nor a command: the nearest command where there is one.
fn no_such(word: &Path) -> Error {
    let typed = word.to_string_lossy();
    let commands = Cli::command();
    let near = nearest(&typed, commands.get_subcommands().map(clap::Command::get_name));
    match near {
        Some(near) => Error::new(ErrorKind::Usage, format!("`{typed}` is no command and no Maildir"))
            .hint(format!("did you mean: dutybox {near}?")),
        None => Error::new(ErrorKind::Mailbox, format!("{typed}: no such Maildir"))
            .hint("type: dutybox MAILDIR, dutybox demo for an example, or dutybox --help"),
    }
}
