//! What to do: the verdict, the steps that apply first, people, links, what the page leaves out; then the other sections.

use super::canvas::{Canvas, Line, Span, flow, line, span};
use super::list::title_spans;
use super::theme::Role;
use super::verdict::Told;
use crate::app::panes::{Area, Focus};
use crate::app::{Action, Model, texts};
use crate::mail::text;
use crate::runbook::case::BugUse;
use crate::runbook::file::{Block, Gap, Inline, RunbookLink, Section};
use crate::runbook::{Case, Runbook, SectionName};
use crate::triage::row::Row;
use crate::triage::texts::{bug_notes, checklist};
use crate::triage::verdict::fill;

/// The runbook pane for the message under the cursor, and the banner above it.
pub(super) struct Document<'m> {
    model: &'m Model,
    row: Option<&'m Row>,
    book: Option<&'m Runbook>,
    told: Option<Told<'m>>,
}

impl<'m> Document<'m> {
    pub(super) fn of(model: &'m Model, cache: &mut super::verdict::Cache) -> Document<'m> {
        Document { model, row: model.row(), book: model.book(), told: Told::of(model, cache) }
    }

    /// Rows that the banner takes at that width.
    pub(super) fn banner_rows(&self, columns: u16) -> u16 {
        u16::try_from(self.banner(columns).len()).unwrap_or(u16::MAX).max(1)
    }

    /// Rows that the pane could use at that width, where the banner has so many.
    pub(super) fn rows(&self, columns: u16, banner: u16) -> usize {
        self.lay_out(columns.saturating_sub(2), !self.banner_holds(columns, banner)).0.len()
    }

    /// Whether a banner of that size has room for everything; the pane says why where it has not.
    fn banner_holds(&self, columns: u16, rows: u16) -> bool {
        self.banner_rows(columns) <= rows
    }

    fn banner(&self, columns: u16) -> Vec<Line> {
        self.told.as_ref().map(|told| told.banner(columns)).unwrap_or_default()
    }

    /// Draws the verdict in a line or a few.
    pub(super) fn banner_into(&self, canvas: &mut Canvas<'_>, area: Area) {
        let Some(told) = &self.told else { return };
        canvas.ticking |= told.ticks();
        let lines = self.banner(area.w);
        if lines.len() <= usize::from(area.h) || area.h > 3 {
            return canvas.lines(area, lines.iter());
        }
        // The ellipsis tells that there is more, which the pane below says in full.
        let word = told.word();
        let mut x = 1 + canvas.put(area.x + 1, area.y, area.w.saturating_sub(1), &word.text, word.role) + 1;
        for words in told.words() {
            x += canvas.fit(area.x + x, area.y, area.w.saturating_sub(x), &words.text, words.role);
        }
        let rest = Area::new(area.x, area.y + 1, area.w, area.h.saturating_sub(1));
        canvas.lines(rest, told.below(area.w).iter());
    }

    fn lay_out(&self, columns: u16, why: bool) -> (Vec<Line>, Vec<usize>) {
        let mut lines: Vec<Line> = Vec::new();
        let mut sections = vec![0];
        let Some(row) = self.row else { return (lines, sections) };
        let Some(book) = self.book else {
            self.undocumented(row, columns, &mut lines);
            return (lines, sections);
        };
        self.what_to_do(book, row, columns, &mut lines);
        self.people(book, columns, &mut lines);
        self.bugs(book, row, columns, &mut lines);
        links(book, columns, &mut lines);
        gaps(book, columns, &mut lines);
        lines.extend(self.told.as_ref().filter(|_| why).map(|told| told.rest(columns)).unwrap_or_default());
        for section in book.sections.iter().filter(|section| section.name != SectionName::WhatToDo) {
            lines.push(Line::new());
            sections.push(lines.len());
            lines.push(line(section.heading.clone(), Role::Title));
            for block in &section.blocks {
                lines.extend(laid_block(block, columns, None));
            }
        }
        if !book.page_patterns.is_empty() {
            lines.push(Line::new());
            for (lead, words) in
                [("the page filters on: ", book.page_patterns.join(" · ")), ("here: ", book.matches.words())]
            {
                lines.extend(flow(&[span(words, Role::Muted)], columns, &[span(lead, Role::Muted)], "  "));
            }
        }
        if let Some(why) = &self.model.forgets {
            lines.push(Line::new());
            lines.extend(flow(&[span(why.clone(), Role::Warning)], columns, &[], "  "));
        }
        if let Some(source) = &book.source {
            lines.push(Line::new());
            let words = format!("from {}, lines {}", source.page, source.lines);
            lines.extend(flow(&[span(words, Role::Muted)], columns, &[], "  "));
        }
        (lines, sections)
    }

    /// The steps: those of cases that apply to this message first, marked; then those for every case; then the rest.
    fn what_to_do(&self, book: &Runbook, row: &Row, columns: u16, lines: &mut Vec<Line>) {
        let Some(section) = book.section(SectionName::WhatToDo) else {
            lines.push(line("The runbook does not say what to do.", Role::Warning));
            return;
        };
        let branches = self.told.as_ref().map(|told| told.known.verdict.branches()).unwrap_or_default();
        let rank = |block: &Block| -> Rank {
            let Block::Item { cases, .. } = block else { return Rank::Always };
            if cases.is_empty() {
                return Rank::Always;
            }
            match branches.iter().position(|(id, _)| cases.iter().any(|case| case == id)) {
                Some(index) => Rank::Branch(index, branches.get(index).is_some_and(|(_, sure)| *sure)),
                None => Rank::Elsewhere,
            }
        };
        let mut blocks: Vec<(Rank, &Block)> = ranked(section, rank);
        blocks.sort_by_key(|(rank, _)| *rank);
        let mut blocks = blocks.into_iter().peekable();
        for (index, (id, _)) in branches.iter().enumerate() {
            while let Some((rank, block)) =
                blocks.next_if(|(rank, _)| matches!(rank, Rank::Branch(i, _) if *i == index))
            {
                lines.extend(laid_block(block, columns, Some(rank)));
            }
            lines.extend(book.case(id).map(|case| self.steps(case, row, columns)).unwrap_or_default());
        }
        let mut elsewhere = false;
        for (rank, block) in blocks {
            if rank == Rank::Elsewhere && !elsewhere {
                lines.push(line("In other cases:", Role::Muted));
                elsewhere = true;
            }
            lines.extend(laid_block(block, columns, Some(rank)));
        }
        if let Some(why) = &book.never_ignore {
            let words = format!("must not be ignored for good: {why}");
            lines.extend(flow(&[span(words, Role::Warning)], columns, &[span("! ", Role::Warning)], "  "));
        }
    }

    /// The warning and the checklist of a case: what is ticked, by whom; that of the case that applies with the numbers
    /// that tick it.
    fn steps(&self, case: &Case, row: &Row, columns: u16) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(warn) = &case.warn {
            let words = span(fill(warn, &row.class.labels), Role::Warning);
            lines.extend(flow(&[words], columns, &[span("! ", Role::Warning)], "  "));
        }
        let Some(told) = &self.told else { return lines };
        let applies = told.known.verdict.case.as_deref() == Some(case.id.as_str());
        let mut of: Option<String> = None;
        for (number, task) in (1..).zip(checklist(case, &row.class.labels)) {
            if let Some(thing) = task.of.as_ref().filter(|_| task.of != of) {
                lines.push(line(thing.clone(), Role::Name));
                of.clone_from(&task.of);
            }
            let said = told.known.state.ticked.iter().find(|(step, _)| *step == task.step).map(|(_, said)| said);
            let mark = if said.is_some() { "[x] " } else { "[ ] " };
            let number = if applies && number <= 9 { format!("{number} ") } else { String::new() };
            let or = if task.or { "or: " } else { "" };
            let mut pieces = vec![
                span(number, Role::Key),
                span(format!("{or}{}", task.text), if said.is_some() { Role::Muted } else { Role::Text }),
            ];
            if let Some(said) = said {
                pieces.push(span(format!("  {}", super::clock::by(said, self.model)), Role::Good));
            }
            lines.extend(flow(&pieces, columns, &[span(mark, Role::Good)], "    "));
        }
        lines
    }

    /// Whom to reach and how: first those that the case names.
    fn people(&self, book: &Runbook, columns: u16, lines: &mut Vec<Line>) {
        let wanted = self.told.as_ref().map(|told| told.known.verdict.people.as_slice()).unwrap_or_default();
        let rest = book.people.iter().filter(|people| !wanted.contains(people));
        for (verb, who, role) in wanted
            .iter()
            .map(|(verb, who)| (verb, who, Role::Strong))
            .chain(rest.map(|(verb, who)| (verb, who, Role::Muted)))
        {
            let shown: Vec<String> = who
                .iter()
                .map(|nick| match self.model.config.resolve(nick) {
                    Some(addresses) if !addresses.is_empty() && addresses != [nick.clone()] => {
                        format!("{nick} <{}>", addresses.join(", "))
                    }
                    _ => nick.clone(),
                })
                .collect();
            let lead = span(format!("{}: ", verb.word()), Role::Name);
            lines.extend(flow(&[span(shown.join(", "), role)], columns, &[lead], "  "));
        }
    }

    /// Texts for bugs, ready to be copied.
    fn bugs(&self, book: &Runbook, row: &Row, columns: u16, lines: &mut Vec<Line>) {
        let Some(told) = &self.told else { return };
        let message = self.model.message().map(AsRef::as_ref);
        let notes = bug_notes(book, told.known.verdict.case.as_deref(), row, told.incident, message);
        for note in notes {
            let lead = span(format!("text for a {}: ", note.words()), Role::Name);
            if let BugUse::New { summary, .. } = &note.into {
                lines.extend(flow(&[span(summary.clone(), Role::Strong)], columns, &[lead], "  "));
            } else {
                lines.push(vec![lead]);
            }
            for text in note.text.lines() {
                lines.extend(flow(&[span(text, Role::Code)], columns, &[span("  ", Role::Code)], "    "));
            }
        }
    }

    /// The first five minutes: nothing is documented, so say how to change that, with a draft out of this mail.
    fn undocumented(&self, row: &Row, columns: u16, lines: &mut Vec<Line>) {
        let copy = self.model.hint(Action::CopyRunbook);
        let folder = match &self.model.config.runbooks {
            Some(dir) => dir.display().to_string(),
            None => "the folder runbooks beside config.toml".to_owned(),
        };
        if row.odd.is_some() {
            let words = "This entry of the folder is no readable mail; nothing here opens or follows it.";
            lines.extend(flow(&[span(words, Role::Text)], columns, &[], ""));
            return;
        }
        let words = "No runbook claims this mail. A runbook is one file that says how to recognise it and what to do; \
                     everything like it then stands under its own category, with these steps beside it.";
        lines.extend(flow(&[span(words, Role::Text)], columns, &[], ""));
        lines.push(Line::new());
        let steps = [
            format!("{copy} copies the draft below"),
            format!("save it as NAME.md in {folder}"),
            "fill in what to do; a few seconds later it is in force".to_owned(),
            "`dutybox check` says whether it is right".to_owned(),
        ];
        for (number, step) in (1..).zip(steps) {
            let lead = span(format!("{number}. "), Role::Good);
            lines.extend(flow(&[span(step, Role::Text)], columns, &[lead], "   "));
        }
        lines.push(Line::new());
        let draft = texts::draft(row, self.model.message().map(AsRef::as_ref));
        for text in draft.lines() {
            lines.extend(flow(&[span(text, Role::Code)], columns, &[span("  ", Role::Code)], "    "));
        }
    }

    /// Draws the pane; gives how many lines it has and where its sections begin.
    pub(super) fn render(
        &self,
        canvas: &mut Canvas<'_>,
        title: Area,
        area: Area,
        banner: Option<Area>,
        model: &Model,
    ) -> (usize, Vec<usize>) {
        let focused = model.focus == Focus::Runbook;
        let inner = Area::new(area.x + 1, area.y, area.w.saturating_sub(2), area.h);
        let why = banner.is_none_or(|banner| !self.banner_holds(banner.w, banner.h));
        let (lines, sections) = self.lay_out(inner.w, why);
        let last = lines.len().saturating_sub(usize::from(area.h)).max(sections.last().copied().unwrap_or(0));
        let scroll = model.runbook_scroll.min(last);
        let name = match (self.book, self.row) {
            (Some(book), _) => format!(" What to do · {}", book.title),
            (None, Some(_)) => " What to do · undocumented".to_owned(),
            (None, None) => " What to do".to_owned(),
        };
        let mut title_line = title_spans(&name, focused);
        if lines.len() > usize::from(area.h) {
            let more = lines.len().saturating_sub(scroll + usize::from(area.h));
            if more > 0 {
                title_line.push(span(format!(" +{}", text::counted(more, "line")), Role::Muted));
            }
        }
        canvas.rule(title, &title_line);
        canvas.lines(inner, lines.iter().skip(scroll));
        (lines.len(), sections)
    }
}

/// Where a block of "What to do" stands, first one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It belongs to a branch of the verdict: which one, and whether that surely applies.
    Branch(usize, bool),
    /// It belongs to no case.
    Always,
    /// It belongs to cases that this message is not about.
    Elsewhere,
}

/// Blocks with their rank. Code below an item goes with it; a text goes with the first in rank of the items it introduces.
fn ranked(section: &Section, rank: impl Fn(&Block) -> Rank) -> Vec<(Rank, &Block)> {
    let mut out: Vec<(Option<Rank>, &Block)> = Vec::with_capacity(section.blocks.len());
    let mut intro: Option<usize> = None;
    let mut last = None;
    for block in &section.blocks {
        match block {
            Block::Item { .. } => {
                let own = rank(block);
                last = Some(own);
                if let Some((above, _)) = intro.and_then(|at| out.get_mut(at)) {
                    *above = Some(above.map_or(own, |above| above.min(own)));
                }
            }
            Block::Text(_) => {
                intro = Some(out.len());
                last = None;
            }
            Block::Code(_) => {}
        }
        out.push((last, block));
    }
    out.into_iter().map(|(rank, block)| (rank.unwrap_or(Rank::Always), block)).collect()
}

fn laid_block(block: &Block, columns: u16, rank: Option<Rank>) -> Vec<Line> {
    let base = match rank {
        Some(Rank::Branch(0, _)) => Role::Strong,
        Some(Rank::Elsewhere) => Role::Muted,
        _ => Role::Text,
    };
    match block {
        Block::Text(inlines) => flow(&pieces(inlines, base), columns, &[], ""),
        Block::Item { depth, number, text, .. } => {
            let indent = "  ".repeat((*depth).min(6));
            let marker = number.map_or_else(|| "· ".to_owned(), |number| format!("{number}. "));
            let lead = match rank {
                Some(Rank::Branch(_, true)) => span(format!("{indent}▸ "), Role::Good),
                Some(Rank::Branch(_, false)) => span(format!("{indent}? "), Role::Warning),
                _ => span(format!("{indent}{marker}"), Role::Muted),
            };
            let rest = " ".repeat(indent.len() + 2);
            flow(&pieces(text, base), columns, &[lead], &rest)
        }
        Block::Code(code) => code
            .lines()
            .flat_map(|text| flow(&[span(text, Role::Code)], columns, &[span("  ", Role::Code)], "    "))
            .collect(),
    }
}

fn pieces(inlines: &[Inline], base: Role) -> Vec<Span> {
    let mut out = Vec::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) => out.push(span(text.clone(), base)),
            Inline::Strong(text) => out.push(span(text.clone(), Role::Strong)),
            Inline::Code(text) => out.push(span(text.clone(), Role::Code)),
            Inline::Link(text, target) if text == target || text.is_empty() => {
                out.push(span(target.clone(), Role::Link));
            }
            Inline::Link(text, target) => {
                out.push(span(format!("{text} "), base));
                out.push(span(format!("<{target}>"), Role::Link));
            }
        }
    }
    out
}

fn links(book: &Runbook, columns: u16, lines: &mut Vec<Line>) {
    for (text, target) in texts::book_links(book) {
        let pieces = [span(format!("{text} "), Role::Text), span(target, Role::Link)];
        lines.extend(flow(&pieces, columns, &[span("see: ", Role::Name)], "  "));
    }
    for link in &book.links {
        if let RunbookLink::Lost(what, at) = link {
            let at = at.map(|at| format!(", page line {at}")).unwrap_or_default();
            let words = format!("the page lost its link to {what}{at}");
            lines.extend(flow(&[span(words, Role::Warning)], columns, &[span("! ", Role::Warning)], "  "));
        }
    }
}

/// What the page leaves out: said once, with one gap beside it and several below.
fn gaps(book: &Runbook, columns: u16, lines: &mut Vec<Line>) {
    const LEAD: &str = "the page leaves out:";
    let words = |gap: &Gap| {
        let at = gap.line.map(|at| format!(" (page line {at})")).unwrap_or_default();
        format!("{}{at}", gap.text)
    };
    let warning = |text: &str| span(text, Role::Warning);
    match book.gaps.as_slice() {
        [] => {}
        [gap] => lines.extend(flow(&[warning(&format!("{LEAD} {}", words(gap)))], columns, &[warning("! ")], "  ")),
        gaps => {
            lines.extend(flow(&[warning(LEAD)], columns, &[warning("! ")], "  "));
            for gap in gaps {
                lines.extend(flow(&[warning(&words(gap))], columns, &[warning("  · ")], "    "));
            }
        }
    }
}
