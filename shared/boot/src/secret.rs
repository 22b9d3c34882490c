//! Secrets come from a variable or, better, from a file.

use std::{fs, path::PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::Invalid;

/// Returns the secret that `variable` or the file named by `…_FILE` holds; a last line break is not part of it.
pub fn secret(
    variable: &'static str,
    value: &Option<SecretString>,
    file: &Option<PathBuf>,
) -> Result<Option<SecretString>, Invalid> {
    let secret = match (value, file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            let why = format!("is given twice, also as {variable}_FILE");
            return Err(Invalid::new(variable, why));
        }
        (Some(value), None) => value.clone(),
        (None, Some(path)) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Invalid::new(
                    variable,
                    format!("{variable}_FILE {} cannot be read: {error}", path.display()),
                )
            })?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            SecretString::from(text.strip_suffix('\r').unwrap_or(text))
        }
    };
    if secret.expose_secret().is_empty() {
        return Err(Invalid::new(variable, "is empty"));
    }
    Ok(Some(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str) -> (tempfile::TempDir, Option<PathBuf>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, content).unwrap();
        (dir, Some(path))
    }

    #[test]
    fn a_secret_comes_from_its_variable_or_from_a_file() {
        let (_dir, path) = file("from the file\r\n");
        let value = Some(SecretString::from("from the variable"));

        let by_value = secret("SPOTTER_X", &value, &None).unwrap().unwrap();
        let by_file = secret("SPOTTER_X", &None, &path).unwrap().unwrap();

        assert_eq!(by_value.expose_secret(), "from the variable");
        assert_eq!(by_file.expose_secret(), "from the file");
        assert!(secret("SPOTTER_X", &None, &None).unwrap().is_none());
    }

    #[test]
    fn an_unusable_secret_is_refused_without_showing_it() {
        let (_dir, path) = file("\n");
        let value = Some(SecretString::from("hush"));

        let twice = secret("SPOTTER_X", &value, &path).unwrap_err().to_string();
        let empty = secret("SPOTTER_X", &None, &path).unwrap_err().to_string();
        let absent = secret("SPOTTER_X", &None, &Some("/nowhere".into()))
            .unwrap_err()
            .to_string();

        assert_eq!(twice, "SPOTTER_X: is given twice, also as SPOTTER_X_FILE");
        assert_eq!(empty, "SPOTTER_X: is empty");
        assert!(
            absent.starts_with("SPOTTER_X: SPOTTER_X_FILE /nowhere cannot be read"),
            "{absent}"
        );
    }
}
