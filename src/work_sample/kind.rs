//! What kind of event a body is: its name in the log, and whether it is the service's own or GitHub's.

use super::event::EventBody;
use super::parts::Place;

impl EventBody {
    /// The event's name in the log: the `type` of its JSON.
    pub fn name(&self) -> &'static str {
        use EventBody::*;
        match self {
            Drafted { .. } => "drafted",
            Offered { .. } => "offered",
            Accepted { .. } => "accepted",
            Declined { .. } => "declined",
            Expired => "expired",
            Withdrawn { .. } => "withdrawn",
            Cancelled { .. } => "cancelled",
            Extended { .. } => "extended",
            RepositoryCreated { .. } => "repository_created",
            FirstCommitPushed { .. } => "first_commit_pushed",
            CandidateInvited { .. } => "candidate_invited",
            KickoffOpened { .. } => "kickoff_opened",
            Provisioned => "provisioned",
            Stuck { .. } => "stuck",
            DeliveredByApi { .. } => "delivered_by_api",
            DeliveryRecorded { .. } => "delivery_recorded",
            ObligationRecorded { .. } => "obligation_recorded",
            Upgraded { .. } => "upgraded",
            Assessed { .. } => "assessed",
            NotAssessable { .. } => "not_assessable",
            Judged { .. } => "judged",
            Reclassified { .. } => "reclassified",
            Replied { .. } => "replied",
            Paid { .. } => "paid",
            Decided { .. } => "decided",
            DecisionCorrected { .. } => "decision_corrected",
            Closed => "closed",
            InvitationFailed { .. } => "invitation_failed",
            InvitationAsked => "invitation_asked",
            EmailCorrected { .. } => "email_corrected",
            LoginCorrected { .. } => "login_corrected",
            InvitationEnded { .. } => "invitation_ended",
            AccountRenamed { .. } => "account_renamed",
            AccountGone { .. } => "account_gone",
            AccountLookedUp { .. } => "account_looked_up",
            SideSettled { .. } => "side_settled",
            Frozen { .. } => "frozen",
            AccessReduced => "access_reduced",
            AccessRestored => "access_restored",
            Kept { .. } => "kept",
            NothingToKeep => "nothing_to_keep",
            RepositoryArchived => "repository_archived",
            RepositoryHandedOver { .. } => "repository_handed_over",
            RepositoryDeleted => "repository_deleted",
            CommentPosted { .. } => "comment_posted",
            TextCreated { .. } => "text_created",
            TextEdited { .. } => "text_edited",
            TextDeleted { .. } => "text_deleted",
            IssueClosed { .. } => "issue_closed",
            IssueReopened { .. } => "issue_reopened",
            PullRequestHead { .. } => "pull_request_head",
            PullRequestClosed { .. } => "pull_request_closed",
            PullRequestReopened { .. } => "pull_request_reopened",
            Reviewed { .. } => "reviewed",
            Pushed { .. } => "pushed",
            MemberAdded { .. } => "member_added",
            MemberRemoved { .. } => "member_removed",
            CheckCompleted { .. } => "check_completed",
            RepositoryChanged { .. } => "repository_changed",
            TextSeen { .. } => "text_seen",
            TextGone { .. } => "text_gone",
            MemberSeen { .. } => "member_seen",
            MemberGone { .. } => "member_gone",
            RepositorySeen { .. } => "repository_seen",
            RepositoryGone => "repository_gone",
        }
    }

    /// Where the text is that it is about, if it is about one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            EventBody::TextCreated { place, .. }
            | EventBody::TextEdited { place, .. }
            | EventBody::TextDeleted { place }
            | EventBody::TextSeen { place, .. }
            | EventBody::TextGone { place, .. } => Some(place),
            _ => None,
        }
    }

    /// Is it a fact of GitHub's (or a sighting of one), to be put in order by GitHub's own times?
    pub fn is_github_fact(&self) -> bool {
        use EventBody::*;
        match self {
            Drafted { .. }
            | Offered { .. }
            | Accepted { .. }
            | Declined { .. }
            | Expired
            | Withdrawn { .. }
            | Cancelled { .. }
            | Extended { .. }
            | RepositoryCreated { .. }
            | FirstCommitPushed { .. }
            | CandidateInvited { .. }
            | KickoffOpened { .. }
            | Provisioned
            | Stuck { .. }
            | DeliveredByApi { .. }
            | DeliveryRecorded { .. }
            | ObligationRecorded { .. }
            | Upgraded { .. }
            | Assessed { .. }
            | NotAssessable { .. }
            | Judged { .. }
            | Reclassified { .. }
            | Replied { .. }
            | Paid { .. }
            | Decided { .. }
            | DecisionCorrected { .. }
            | Closed
            | InvitationFailed { .. }
            | InvitationAsked
            | EmailCorrected { .. }
            | LoginCorrected { .. }
            | InvitationEnded { .. }
            | AccountRenamed { .. }
            | AccountGone { .. }
            | AccountLookedUp { .. }
            | SideSettled { .. }
            | Frozen { .. }
            | AccessReduced
            | AccessRestored
            | Kept { .. }
            | NothingToKeep
            | RepositoryArchived
            | RepositoryHandedOver { .. }
            | RepositoryDeleted
            | CommentPosted { .. } => false,
            TextCreated { .. }
            | TextEdited { .. }
            | TextDeleted { .. }
            | IssueClosed { .. }
            | IssueReopened { .. }
            | PullRequestHead { .. }
            | PullRequestClosed { .. }
            | PullRequestReopened { .. }
            | Reviewed { .. }
            | Pushed { .. }
            | MemberAdded { .. }
            | MemberRemoved { .. }
            | CheckCompleted { .. }
            | RepositoryChanged { .. }
            | TextSeen { .. }
            | TextGone { .. }
            | MemberSeen { .. }
            | MemberGone { .. }
            | RepositorySeen { .. }
            | RepositoryGone => true,
        }
    }
}
