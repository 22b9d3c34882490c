//! Every seed, and every input that ever broke a target.

use std::{collections::BTreeSet, fs, path::PathBuf};

use fuzz::TARGETS;

#[test]
fn every_seed_of_every_target_is_survived() {
    for (name, run) in TARGETS {
        let seeds: Vec<_> = fs::read_dir(folder("seeds").join(name)).unwrap().collect();
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            let path = seed.unwrap().path();
            // Who reads the log of a failure sees which seed it was.
            eprintln!("{}", path.display());
            run(&fs::read(&path).unwrap());
        }
    }
}

#[test]
fn every_target_is_a_program_of_the_fuzzer_and_the_other_way_round() {
    let files = fs::read_dir(folder("targets")).unwrap();
    let programs: BTreeSet<_> = files
        .map(|file| file.unwrap().path().file_stem().unwrap().to_owned())
        .collect();
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();

    assert_eq!(programs, TARGETS.iter().map(|(name, _)| (*name).into()).collect());
    for (name, _) in TARGETS {
        let body = format!("libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::{name}::run(bytes));");
        let program = fs::read_to_string(folder("targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&body), "{name}: {program}");
        assert!(
            manifest.contains(&format!("name = \"{name}\"\n")),
            "{name} is not in Cargo.toml"
        );
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}
