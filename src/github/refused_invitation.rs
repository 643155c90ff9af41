//! Reads why GitHub refused an invitation. Its reference names the status codes (403, 404, 422) and no reasons; the words
//! below are those that it is known to use: codes such as `no_seat` and `no_2fa`, and sentences of its documentation. What is in
//! none of them stays as GitHub said it.

use super::GitHubError;
use crate::ids::Login;
use crate::work_sample::InvitationProblem as Problem;

/// Words that stand for a problem where GitHub's answer holds all of one line, in lower case; the first line that fits counts.
const WORDS: &[(&[&str], Problem)] = &[
    (&["no_seat"], Problem::NoSeatLeft),
    (&["no_2fa"], Problem::TwoFactorRequired),
    (&["two-factor"], Problem::TwoFactorRequired),
    (&["managed user"], Problem::ManagedUser),
    (&["enterprise managed"], Problem::ManagedUser),
    (&["blocked"], Problem::AccountBlocked),
    (
        &["outside collaborator"],
        Problem::OutsideCollaboratorsForbidden,
    ),
    (
        &["non-organization member"],
        Problem::OutsideCollaboratorsForbidden,
    ),
    (&["seat"], Problem::NoSeatLeft),
    (&["license"], Problem::NoSeatLeft),
    (&["invitation", "limit"], Problem::InvitationLimit),
    (&["invitation", "exceeded"], Problem::InvitationLimit),
    (&["invitation", "24 hour"], Problem::InvitationLimit),
    (&["too many", "invit"], Problem::InvitationLimit),
];

fn problem_in(message: &str) -> Option<Problem> {
    let message = message.to_lowercase();
    WORDS
        .iter()
        .find(|(words, _)| words.iter().all(|word| message.contains(word)))
        .map(|(_, problem)| *problem)
}

impl GitHubError {
    /// What the error of an invitation means. A 403 in none of the known words is a permission that we lack.
    pub(super) fn of_invitation(self, login: &Login) -> GitHubError {
        let (problem, message) = match self {
            GitHubError::Forbidden {
                call,
                message,
                needs,
            } => match problem_in(&message) {
                Some(problem) => (problem, message),
                None => {
                    return GitHubError::Forbidden {
                        call,
                        message,
                        needs,
                    };
                }
            },
            GitHubError::Refused { message, .. } => (
                problem_in(&message).unwrap_or(Problem::InvitationRefused),
                message,
            ),
            other => return other,
        };
        GitHubError::NotInvited {
            problem,
            login: login.to_string(),
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_refusals_are_told_apart_and_others_keep_githubs_words() {
        let refused = |message: &str| GitHubError::Refused {
            call: "invite the candidate",
            message: message.to_owned(),
        };
        let login: Login = "toni".parse().unwrap();
        for (message, code) in [
            (
                "You must purchase at least one more seat to add this user as a member.; no_seat",
                "no_seat_left",
            ),
            (
                "User doesn't satisfy the two-factor authentication requirements for this organization.; no_2fa",
                "two_factor_required",
            ),
            (
                "Validation Failed; Enterprise Managed Users can only be added to repositories within their enterprise",
                "managed_user",
            ),
            ("Validation Failed; User is blocked", "account_blocked"),
            (
                "Outside collaborators are not allowed for this organization",
                "outside_collaborators_forbidden",
            ),
            (
                "Validation Failed; the limit of 50 invitations was exceeded",
                "invitation_limit",
            ),
            ("Validation Failed", "invitation_refused"),
        ] {
            assert_eq!(
                refused(message).of_invitation(&login).code(),
                code,
                "{message}"
            );
        }
        let lacks = GitHubError::Forbidden {
            call: "invite the candidate",
            message: "Resource not accessible by integration".to_owned(),
            needs: Some("administration=write".to_owned()),
        };
        assert_eq!(lacks.clone().of_invitation(&login), lacks);
    }
}
