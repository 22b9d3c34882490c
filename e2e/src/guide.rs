//! Pages whose commands are run: what they type, and what they say will be seen.
//!
//! A block that begins with ```` ```sh ```` is run. One that says `not run:` behind it says why it is not. A line
//! behind `# => ` is what the commands above it print; `…` stands for anything.

/// Printed between two blocks.
const NEXT: &str = "--- the next block ---";
const TOLD: &str = "# => ";

/// Commands of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The heading it is under.
    pub under: String,
    pub commands: String,
    /// Why it is not run.
    pub not_run: Option<String>,
}

impl Block {
    /// What the block says that it prints.
    fn told(&self) -> Vec<&str> {
        self.commands
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix(TOLD))
            .collect()
    }
}

/// All blocks of shell commands, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut under = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            under = heading;
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        // To the end of the block, whatever it holds: a `## ` in it is no heading.
        let commands: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let Some(rest) = info.strip_prefix("sh") else {
            continue;
        };
        let not_run = rest.trim().strip_prefix("not run:");
        blocks.push(Block {
            under: under.to_owned(),
            commands: commands.join("\n"),
            not_run: not_run.map(|why| why.trim().to_owned()),
        });
    }
    blocks
}

/// The blocks that are run, as one script: variables and functions of one are there in the next.
pub fn script<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> String {
    let commands: Vec<_> = blocks.into_iter().map(|block| block.commands.as_str()).collect();
    commands.join(&format!("\necho '{NEXT}'\n"))
}

/// What was printed otherwise than the blocks say; empty when they told the truth.
pub fn compare<'a>(blocks: impl IntoIterator<Item = &'a Block>, printed: &str) -> Vec<String> {
    let next = format!("{NEXT}\n");
    let mut parts = printed.split(next.as_str());
    let mut lies = Vec::new();
    for block in blocks {
        let Some(seen) = parts.next() else {
            lies.push(format!("## {}\n{}\nwas not reached", block.under, block.commands));
            continue;
        };
        let told = block.told();
        let lines: Vec<_> = seen.lines().collect();
        let alike =
            told.len() == lines.len() && told.iter().zip(&lines).all(|(told, seen)| is_like(told, seen));
        if !alike {
            lies.push(format!("## {}\n{}\nprints\n{seen}", block.under, block.commands));
        }
    }
    lies
}

/// Whether a line is the one told, where `…` stands for anything.
pub fn is_like(told: &str, seen: &str) -> bool {
    let mut parts = told.split('…');
    let Some(mut rest) = seen.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\n## First\n\n```sh\necho one\n# => one\necho 1234\n# => 12…\n```\n\n\
        ```text\n## no heading\n```\n\n## Second\n\n```sh not run: needs a cluster\nkubectl\n```\n\n```sh\n## a comment\ntrue\n```\n";

    fn run_blocks() -> Vec<Block> {
        let blocks = blocks(PAGE);
        blocks
            .into_iter()
            .filter(|block| block.not_run.is_none())
            .collect()
    }

    #[test]
    fn blocks_are_found_under_their_headings_and_say_why_they_are_not_run() {
        let found: Vec<_> = blocks(PAGE)
            .into_iter()
            .map(|block| (block.under, block.not_run))
            .collect();

        let cluster = Some("needs a cluster".to_owned());
        let expected = [("First", None), ("Second", cluster), ("Second", None)];
        assert_eq!(found, expected.map(|(under, why)| (under.to_owned(), why)));
    }

    #[test]
    fn a_page_that_tells_the_truth_is_believed() {
        let lies = compare(&run_blocks(), &format!("one\n1234\n{NEXT}\n"));

        assert!(lies.is_empty(), "{lies:?}");
    }

    #[test]
    fn an_outcome_that_is_otherwise_than_told_is_found() {
        let blocks = run_blocks();
        for printed in [
            format!("two\n1234\n{NEXT}\n"),
            format!("one\n13\n{NEXT}\n"),
            format!("one\n{NEXT}\n"),
            format!("one\n1234\nmore\n{NEXT}\n"),
            format!("one\n1234\n{NEXT}\nnot told\n"),
            "one\n1234\n".to_owned(),
        ] {
            assert_eq!(compare(&blocks, &printed).len(), 1, "{printed}");
        }
    }
}
