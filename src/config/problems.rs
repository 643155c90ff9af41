//! Finds everything that is wrong with the secrets, for `doctor`: reading the settings stops at the first error.

use std::path::Path;

use super::file::Layered;
use super::secret::{APP_KEY, secret};
use super::{
    DOCUMENTED, GITHUB_APP_KEY_FILE, SettingError, Source, TOKEN_KEY, data_dir, token_key,
};

/// Every secret that cannot be used, or the settings file that cannot be read.
pub fn problems(source: &dyn Source, on_the_command_line: Option<&Path>) -> Vec<SettingError> {
    let data_dir = data_dir(source, on_the_command_line);
    let layered = match Layered::open(source, &data_dir) {
        Ok(layered) => layered,
        Err(error) => return vec![error],
    };
    let mut problems: Vec<SettingError> = DOCUMENTED
        .iter()
        .filter(|setting| setting.rule.is_some() && setting.name != TOKEN_KEY)
        .filter_map(|setting| secret(&layered, setting.name).err())
        .collect();
    problems.extend(token_key(&layered, &data_dir).err());
    if let Some(path) = layered.value(GITHUB_APP_KEY_FILE) {
        problems.extend(
            APP_KEY
                .check_file(GITHUB_APP_KEY_FILE, Path::new(&path))
                .err(),
        );
    }
    problems
}
