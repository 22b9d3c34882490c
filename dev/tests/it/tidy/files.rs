use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{expect_none, root};

const LONGEST_FILE: usize = 300;
/// Of a React component: what it shows should fit on one screen.
const LONGEST_COMPONENT: usize = 150;
/// Begins the line in which a longer file says why it is not split.
const EXCUSE: &str = "// Long because ";
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "helpers", "helper", "common", "manager", "misc", "mod",
];

#[test]
fn tidy_every_file_is_short_enough_to_read_at_once() {
    let long = sources()
        .into_iter()
        .chain(scripts())
        .filter(|path| !is_test(path))
        .filter_map(|path| {
            let text = read(&path);
            let lines = production_lines(&text);
            let excused = text.lines().any(|line| line.starts_with(EXCUSE));
            let longest = if has_extension(&path, "tsx") {
                LONGEST_COMPONENT
            } else {
                LONGEST_FILE
            };
            (lines >= longest && !excused).then(|| format!("{path}: {lines} production lines"))
        });

    expect_none(
        "a file has fewer than 300 production lines, a component 150, or says why not",
        long,
    );
}

#[test]
fn tidy_modules_of_the_web_client_import_one_way() {
    let upwards = scripts().into_iter().filter(|path| {
        let text = read(path);
        let imports = |name: &str| {
            let mut lines = text.lines().filter(|line| line.contains(" from \""));
            lines.any(|line| line.contains(name))
        };
        let core =
            path.starts_with("web/chat-client/src/") && !path.starts_with("web/chat-client/src/react/");
        (core && (imports("\"react\"") || imports("/react/")))
            || (path.contains("chat-client/") && imports("/app/"))
    });

    expect_none("app, modules, chat-client: and React only in its folder", upwards);
}

#[test]
fn tidy_a_files_name_says_what_is_inside() {
    let nameless = sources().into_iter().chain(scripts()).filter(|path| {
        let stem = Path::new(path)
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        EMPTY_NAMES.contains(&stem.as_str())
    });

    expect_none("no mod.rs, utils, helpers, common or manager", nameless);
}

#[test]
fn tidy_every_crate_and_service_has_a_readme() {
    let packages = tracked("web/*/package.json");
    let folders = tracked("*Cargo.toml")
        .into_iter()
        .chain(packages)
        .filter_map(|path| {
            let folder = Path::new(&path).parent().unwrap().to_path_buf();
            (!root().join(&folder).join("README.md").is_file()).then(|| folder.display().to_string())
        });

    expect_none("each crate and package has a README.md", folders);
}

#[test]
fn tidy_each_crate_has_one_integration_test_program() {
    let stray = tracked("*/tests/*.rs").into_iter().filter(|path| {
        let parts: Vec<&str> = path.split('/').collect();
        let tests = parts.iter().position(|part| *part == "tests").unwrap();
        parts.len() == tests + 2
    });

    expect_none("tests live in tests/it/", stray);
}

#[test]
fn tidy_every_decision_is_indexed() {
    let index = read("docs/adr/README.md");
    let missing = tracked("docs/adr/*.md").into_iter().filter_map(|path| {
        let name = Path::new(&path)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        (name != "README.md" && !index.contains(&format!("({name})"))).then_some(path)
    });

    expect_none("docs/adr/README.md lists each decision", missing);
}

#[test]
fn tidy_every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for path in tracked("*.md") {
        let folder = Path::new(&path).parent().unwrap().to_path_buf();
        for target in links(&read(&path)) {
            if !root().join(&folder).join(&target).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }

    expect_none("links in Markdown exist", broken);
}

#[test]
fn tidy_a_reason_stands_beside_every_silenced_lint() {
    let silent = sources().into_iter().flat_map(|path| {
        let text = read(&path);
        let attributes = text.match_indices("[allow(").filter(|(start, _)| {
            let attribute = text[*start..].split(']').next().unwrap();
            text[..*start].ends_with(['#', '!']) && !attribute.contains("reason")
        });
        attributes
            .map(|(start, _)| format!("{path}:{}", text[..start].lines().count()))
            .collect::<Vec<_>>()
    });

    expect_none("#[expect(…, reason = \"…\")] says why", silent);
}

#[test]
fn tidy_nothing_depends_on_one_persons_machine() {
    let homes = [
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    let found = [
        "*.rs",
        "*.md",
        "*.toml",
        "*.yml",
        "Makefile",
        "dev/setup",
        ".ci/run",
    ]
    .iter()
    .flat_map(|pattern| tracked(pattern))
    .filter(|path| homes.iter().any(|home| read(path).contains(home)));

    expect_none("no file names somebody's home", found);
}

#[test]
fn tidy_deployments_set_only_variables_that_somebody_reads() {
    let known: BTreeSet<String> = sources()
        .iter()
        .chain(&tracked("web/*.ts"))
        .flat_map(|path| variables(&read(path)))
        .chain(
            ["deploy/edge/Caddyfile", "deploy/nats/users.conf"]
                .iter()
                .flat_map(|path| variables(&read(path))),
        )
        .collect();
    let manifests = [
        "docker-compose*.yml",
        "deploy/*.yml",
        "deploy/*.yaml",
        "k8s/*.yaml",
        "*/README.md",
    ];
    let unknown = manifests
        .iter()
        .flat_map(|pattern| tracked(pattern))
        .flat_map(|path| {
            let named = variables(&read(&path)).into_iter();
            named
                .filter(|name| !known.contains(name))
                .map(move |name| format!("{path}: {name}"))
                .collect::<Vec<_>>()
        });

    expect_none("a SPOTTER_ variable outside the code exists in the code", unknown);
}

fn sources() -> Vec<String> {
    tracked("*.rs")
}

/// The web client's; what is printed from Rust is as long as the wire is.
fn scripts() -> Vec<String> {
    let all = tracked("web/*.ts").into_iter().chain(tracked("web/*.tsx"));
    all.filter(|path| path != "web/chat-client/src/protocol.ts")
        .collect()
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Files that git tracks or would track, and that exist.
pub fn tracked(pattern: &str) -> Vec<String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "--"])
        .arg(pattern)
        .current_dir(root());
    let output = String::from_utf8(git.output().unwrap().stdout).unwrap();
    output
        .lines()
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect()
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Tests, and modules that their parent declares for tests alone.
fn is_test(path: &str) -> bool {
    let path = Path::new(path);
    let (folder, name) = (
        path.parent().unwrap(),
        path.file_stem().unwrap().to_string_lossy(),
    );
    let parents = [
        folder.with_extension("rs"),
        folder.join("lib.rs"),
        folder.join("main.rs"),
    ];
    let declared = format!("#[cfg(test)]\nmod {name};");
    let for_tests =
        |parent: &Path| fs::read_to_string(root().join(parent)).is_ok_and(|text| text.contains(&declared));
    let story = name.ends_with(".test") || name.ends_with(".story");
    story
        || folder.iter().any(|part| part == "tests" || part == "test")
        || parents.iter().any(|parent| for_tests(parent))
}

/// Lines of code before the file's own tests; comments are encouraged and cost nothing.
fn production_lines(text: &str) -> usize {
    let before_tests = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    before_tests
        .map(str::trim_start)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

/// Targets of Markdown links inside the repository.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.map(|target| target.split('#').next().unwrap_or_default());
    local
        .filter(|target| !target.is_empty() && !target.contains(':') && !target.contains(' '))
        .map(str::to_owned)
        .collect()
}

/// Every `SPOTTER_…` name in a text; one that a `…` or `*` cuts short is no name.
pub fn variables(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in text.match_indices("SPOTTER_") {
        let tail = &text[start..];
        let end = tail
            .find(|letter: char| !letter.is_ascii_uppercase() && !letter.is_ascii_digit() && letter != '_');
        let name = &tail[..end.unwrap_or(tail.len())];
        if !name.ends_with('_') {
            names.push(name.to_owned());
        }
    }
    names
}
