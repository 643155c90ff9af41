//! Paths inside a tree: which ones are safe to write on any machine.

/// Why a path may not stand in a tree; `None` when it may.
pub fn unsafe_because(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.starts_with('/') {
        return Some("it is absolute");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return Some("it holds a backslash or a control character");
    }
    path.split('/').find_map(|part| match part {
        "" => Some("it has an empty part"),
        "." | ".." => Some("it has a `.` or `..` part"),
        _ if part.eq_ignore_ascii_case(".git") => Some("it lies in `.git`"),
        _ => None,
    })
}

pub fn is_safe(path: &str) -> bool {
    unsafe_because(path).is_none()
}
