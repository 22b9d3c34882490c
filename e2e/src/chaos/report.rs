//! What people are told: the schedule before, the verdict after, and how to see it again.
#![expect(clippy::print_stdout, reason = "a tool that prints what it is about to do")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use time::OffsetDateTime;

use super::{
    explain::Finding,
    nemesis::{Entry, Journal},
    plan::Plan,
    schedule::Schedule,
    verdict::Verdict,
};

/// What a message can suffer from: faults that were there a little before it was written, or until it was
/// acknowledged and delivered.
const BEFORE: Duration = Duration::from_secs(1);
const AFTER: Duration = Duration::from_secs(10);

/// Says what is going to happen, before it does.
pub fn announce(plan: &Plan, schedule: &Schedule) {
    println!(
        "seed {}: {} faults in {} s, {} conversations",
        plan.seed,
        schedule.faults().len(),
        plan.span.as_secs(),
        plan.conversations
    );
    for fault in schedule.faults() {
        println!("  {fault}");
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    pub plan: Plan,
    /// From the first message to the last.
    pub wrote: Duration,
    pub verdict: Verdict,
    pub journal: Journal,
}

impl Outcome {
    /// Nothing was lost, repeated, out of order or leaked, everybody has everything, and it was worth the name.
    pub fn is_good(&self) -> bool {
        let verdict = &self.verdict;
        verdict.findings.is_empty() && verdict.converged.is_ok() && verdict.acked >= self.plan.messages
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        let Self { plan, verdict, .. } = self;
        let changes = verdict.changes;
        let counts = [
            ("conversations", plan.conversations),
            ("messages acknowledged", verdict.acked),
            ("… of which the answer said duplicate", verdict.duplicates),
            ("edits acknowledged", changes.edits),
            ("deletions acknowledged", changes.deletes),
            ("reactions acknowledged", changes.reactions),
            ("marks", changes.marks),
            ("sockets that ended", verdict.closed),
            ("threads compared with SQL, row by row", verdict.compared),
            ("faults", self.done().count()),
            ("kinds of faults", self.by_kind().len()),
        ];
        let mut all = vec![("seed", plan.seed), ("seconds of writing", self.wrote.as_secs())];
        all.extend(counts.map(|(what, count)| (what, count as u64)));
        all
    }

    /// What this machine could not show, and why.
    fn omitted(&self) -> BTreeSet<String> {
        let omitted = self
            .journal
            .entries
            .iter()
            .filter_map(|entry| Some(format!("{}: {}", entry.fault.kind, entry.omitted?)));
        omitted.collect()
    }

    fn by_kind(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for entry in self.done() {
            *kinds.entry(entry.fault.kind.to_string()).or_default() += 1;
        }
        kinds
    }

    fn done(&self) -> impl Iterator<Item = &Entry> {
        self.journal
            .entries
            .iter()
            .filter(|entry| entry.omitted.is_none())
    }

    /// The faults that were there when a message was written.
    fn around(&self, written: OffsetDateTime) -> Vec<String> {
        let at = Duration::try_from(written - self.journal.begun).unwrap_or_default();
        let around = self
            .done()
            .filter(|entry| entry.from <= at + AFTER && entry.to + BEFORE >= at);
        around
            .map(|entry| {
                let (from, to) = (entry.from.as_secs_f64(), entry.to.as_secs_f64());
                format!(
                    "{} {} ({from:.1}-{to:.1} s)",
                    entry.fault.kind, entry.fault.target
                )
            })
            .collect()
    }

    fn explain(&self, f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
        writeln!(f, "ANOMALY {:?}", finding.anomaly)?;
        if let Some(conversation) = finding.conversation {
            writeln!(f, "  in {conversation}")?;
        }
        for row in &finding.rows {
            writeln!(f, "  the log has   {row}")?;
        }
        for event in &finding.record {
            writeln!(f, "  a device saw  {event}")?;
        }
        if let Some(written) = finding.written {
            let at = (written - self.journal.begun).as_seconds_f64();
            writeln!(
                f,
                "  written {at:.1} s after the beginning, among {:?}",
                self.around(written)
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = &self.verdict;
        for (what, count) in self.counts() {
            writeln!(f, "{what:<40}{count:>8}")?;
        }
        for (kind, count) in self.by_kind() {
            writeln!(f, "  {kind:<38}{count:>8}")?;
        }
        for kind in self.omitted() {
            writeln!(f, "NOT SHOWN {kind}")?;
        }
        match &verdict.converged {
            Ok(within) => {
                let seconds = within.as_secs_f64();
                writeln!(f, "converged after healing within          {seconds:>6.1} s")?;
            }
            Err(late) => writeln!(f, "NOT CONVERGED\n  {}", late.join("\n  "))?,
        }
        writeln!(f, "{:<40}{:>8}", "anomalies", verdict.findings.len())?;
        for finding in &verdict.findings {
            self.explain(f, finding)?;
        }
        write!(f, "again: {}", self.plan.command())
    }
}
