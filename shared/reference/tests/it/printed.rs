//! A printed file: equal to the committed one, or the test shows the difference.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Compares `text` with the committed file at `path` (from the root of the repository), or writes it with `SPOTTER_UPDATE=1`.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of this test, not a service's configuration"
)]
pub fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let committed = fs::read_to_string(&file).unwrap_or_default();
    if committed == text {
        return;
    }
    if std::env::var("SPOTTER_UPDATE").is_ok() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        return;
    }
    let difference = similar::TextDiff::from_lines(committed.as_str(), text);
    panic!(
        "`{path}` is not what the types print; `make docs` writes it\n{}",
        difference.unified_diff().header("committed", "printed")
    );
}

/// Indented JSON with sorted keys, whatever order the map in memory keeps.
pub fn json(value: &Value) -> String {
    serde_json::to_string_pretty(&Sorted(value)).unwrap() + "\n"
}

struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(fields) => {
                let sorted: BTreeMap<_, _> = fields.iter().collect();
                serializer.collect_map(sorted.into_iter().map(|(key, value)| (key, Sorted(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            plain => plain.serialize(serializer),
        }
    }
}
