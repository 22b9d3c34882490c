//! Bad configuration ends with 64 and one line; help and version end with 0.

use std::{fs, net::TcpListener, process::Output};

use crate::greeter::run;

const NAME: (&str, &str) = ("SPOTTER_GREETER_NAME", "Anna");

#[tokio::test]
async fn every_mistake_exits_64_with_one_line_that_names_the_variable() {
    for (arguments, variables, line) in [
        (vec![], vec![], "SPOTTER_GREETER_NAME: is required"),
        (
            vec![],
            vec![NAME, ("SPOTTER_LISTEN", "here")],
            "SPOTTER_LISTEN: invalid socket address syntax",
        ),
        (
            vec![],
            vec![NAME, ("SPOTTER_LISTEN", "")],
            "SPOTTER_LISTEN: invalid socket address syntax",
        ),
        (vec![], vec![NAME, ("SPOTTER_LOG", "loud=very")], "SPOTTER_LOG: "),
        (
            vec![],
            vec![NAME, ("SPOTTER_OTLP_ENDPOINT", "collector")],
            "SPOTTER_OTLP_ENDPOINT: ",
        ),
        (
            vec!["--drain-seconds", "soon"],
            vec![NAME],
            "SPOTTER_DRAIN_SECONDS: invalid digit",
        ),
        (
            vec!["--nme=Anna"],
            vec![],
            "--nme: is not a flag, perhaps --name (SPOTTER_GREETER_NAME) was meant",
        ),
        (
            vec![],
            vec![NAME, ("SPOTTER_GREETER_SECRET", "short")],
            "SPOTTER_GREETER_SECRET: must be",
        ),
        (
            vec![],
            vec![NAME, ("SPOTTER_GREETER_SECRET_FILE", "/none")],
            "SPOTTER_GREETER_SECRET: SPOTTER_GREETER_SECRET_FILE",
        ),
        (
            vec![],
            vec![("SPOTTER_GREETER_NAME", "nobody")],
            "SPOTTER_GREETER_NAME: must be somebody",
        ),
    ] {
        let output = run(&arguments, &variables).await;

        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(64), "{line}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with(line), "{said} is not {line}");
        assert!(output.stdout.is_empty());
        assert!(!said.contains("short"), "a secret was shown");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_last() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();

    let output = run(
        &[],
        &[
            NAME,
            ("SPOTTER_LISTEN", &taken),
            ("SPOTTER_INTERNAL_LISTEN", "127.0.0.1:0"),
        ],
    )
    .await;

    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(
        said.lines()
            .last()
            .unwrap()
            .starts_with("SPOTTER_LISTEN: cannot listen"),
        "{said}"
    );
}

#[tokio::test]
async fn help_and_version_are_answers_and_not_mistakes() {
    let help = answered(&run(&["--help"], &[("SPOTTER_GREETER_SECRET", "hush-hush-hush")]).await);
    let version = answered(&run(&["--version"], &[]).await);

    for variable in [
        "SPOTTER_LISTEN",
        "SPOTTER_LOG",
        "SPOTTER_GREETER_NAME",
        "SPOTTER_GREETER_SECRET_FILE",
    ] {
        assert!(help.contains(variable), "{variable} in {help}");
    }
    assert!(!help.contains("hush"), "a secret was shown");
    assert!(version.starts_with("greeter 0."), "{version}");
}

#[tokio::test]
async fn a_secret_may_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    fs::write(&file, "long enough\n").unwrap();

    let variables = [("SPOTTER_GREETER_SECRET_FILE", file.to_str().unwrap())];
    let greeter = crate::greeter::Greeter::start(&variables).await;

    assert_eq!(greeter.get("/").await.unwrap().text().await.unwrap(), "Anna");
}

fn answered(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout.clone()).unwrap()
}
