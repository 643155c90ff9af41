//! Invitations: whatever is corrected, refused, asked for again or ended, and whenever the service hears of it, in the end one
//! invitation is open, it is for the present login, and nothing is left to be taken back.

use proptest::prelude::*;

use crate::ids::Login;
use crate::work_sample::testing::*;
use crate::work_sample::*;

const LOGINS: [&str; 4] = ["dana", "dana-new", "dana-home", MISTYPED];
/// GitHub knows nobody of this name.
const MISTYPED: &str = "mistyped-one";

#[derive(Debug, Clone)]
enum Step {
    Correct(usize),
    Reinvite,
    /// The service does all that is missing.
    Work,
    /// The service takes back what went to another account, and stops.
    TakeBack,
    /// GitHub takes an invitation in, and the answer is lost or comes late.
    Send,
    /// The oldest such answer is recorded.
    Hear,
    /// The service sees that the present invitation is over.
    End(InvitationEnd),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..LOGINS.len()).prop_map(Step::Correct),
        2 => Just(Step::Reinvite),
        4 => Just(Step::Work),
        1 => Just(Step::TakeBack),
        2 => Just(Step::Send),
        2 => Just(Step::Hear),
        1 => prop_oneof![Just(InvitationEnd::Expired), Just(InvitationEnd::Declined)].prop_map(Step::End),
    ]
}

/// The log, and the invitations that GitHub lists.
struct Play {
    story: Story,
    open: Vec<(u64, Login)>,
    next_id: u64,
    minute: i64,
    /// Invitations that GitHub took in and that are not recorded yet, with their round.
    unheard: Vec<(u64, Login, usize)>,
}

impl Play {
    fn new() -> Play {
        Play {
            story: Story::provisioned(),
            open: vec![(5, login())],
            next_id: 6,
            minute: 10,
            unheard: Vec::new(),
        }
    }

    fn ws(&self) -> WorkSample {
        self.story.fold_as_it_is()
    }

    /// As the service records: what has a key that the log holds changes nothing.
    fn note(&mut self, key: NaturalKey, body: EventBody) {
        self.minute += 1;
        if self.story.happenings.iter().all(|one| one.key != key) {
            self.story.add(key, Actor::Service, at(self.minute), body);
        }
    }

    fn command(&mut self, command: Command) {
        self.minute += 1;
        if let Ok(new) = decide(&self.ws(), &spec(), command, lead(), at(self.minute)) {
            self.story.happenings.extend(new);
        }
    }

    fn correct(&mut self, login: &str) {
        let login = login.parse().unwrap();
        self.command(Command::CorrectLogin { login });
    }

    fn revoke(&mut self, id: u64) {
        self.open.retain(|one| one.0 != id);
    }

    fn take_back(&mut self) {
        for stray in self.ws().strays.into_iter().filter_map(|stray| stray.id) {
            self.revoke(stray);
            let how = InvitationEnd::TakenBack;
            let body = EventBody::InvitationEnded {
                invitation_id: stray,
                how,
            };
            self.note(key::invitation_ended(stray), body);
        }
    }

    /// The id of the invitation that GitHub lists for `login` afterwards; `None` where it refuses.
    fn put(&mut self, login: &Login) -> Option<u64> {
        if login.as_str() == MISTYPED {
            return None;
        }
        let known = self.open.iter().find(|one| one.1.same_as(login.as_str()));
        if let Some((id, _)) = known {
            return Some(*id);
        }
        let id = self.next_id;
        self.next_id += 1;
        self.open.push((id, login.clone()));
        Some(id)
    }

    fn heard(&mut self, (id, login, round): (u64, Login, usize)) {
        let body = EventBody::CandidateInvited {
            invitation_id: Some(id),
            account: None,
            sent: Some(Sent { login, round }),
        };
        self.note(key::candidate_invited(Some(id), round), body);
    }

    fn is_settled(&self) -> bool {
        let ws = self.ws();
        ws.provisioning.invited || ws.invitation_failure().is_some()
    }

    fn work(&mut self) {
        self.take_back();
        if self.is_settled() {
            return;
        }
        let ws = self.ws();
        let (login, round) = (ws.login.unwrap(), ws.invitation_rounds);
        let earlier = ws.invitation.and_then(|one| one.id);
        let mut fresh = None;
        for (id, to) in self.open.clone() {
            let is_for = to.same_as(login.as_str());
            let is_former = ws.former_logins.iter().any(|one| one.same_as(to.as_str()));
            if is_for && Some(id) != earlier {
                fresh = Some(id);
            } else if is_for || is_former || Some(id) == earlier {
                self.revoke(id);
            }
        }
        match fresh.or_else(|| self.put(&login)) {
            Some(id) => self.heard((id, login, round)),
            None => {
                let body = EventBody::InvitationFailed {
                    login,
                    round,
                    code: InvitationProblem::NoSuchAccount,
                    reason: "Not Found".to_owned(),
                };
                self.note(key::invitation_failed(round, 1), body);
            }
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Correct(which) => self.correct(LOGINS[*which]),
            Step::Reinvite => self.command(Command::Reinvite),
            Step::Work => self.work(),
            Step::TakeBack => self.take_back(),
            Step::Send if self.is_settled() => {}
            Step::Send => {
                let ws = self.ws();
                let login = ws.login.unwrap();
                if let Some(id) = self.put(&login) {
                    self.unheard.push((id, login, ws.invitation_rounds));
                }
            }
            Step::Hear if self.unheard.is_empty() => {}
            Step::Hear => {
                let heard = self.unheard.remove(0);
                self.heard(heard);
            }
            Step::End(how) => {
                let invitation = self.ws().invitation.unwrap();
                let Some(id) = invitation.id else { return };
                if invitation.state == InvitationState::Pending {
                    self.revoke(id);
                    let body = EventBody::InvitationEnded {
                        invitation_id: id,
                        how: *how,
                    };
                    self.note(key::invitation_ended(id), body);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn corrections_and_refusals_end_with_one_open_invitation(
        steps in proptest::collection::vec(step(), 0..25),
    ) {
        let mut play = Play::new();
        for step in &steps {
            play.take(step);
        }
        while !play.unheard.is_empty() {
            play.take(&Step::Hear);
        }
        play.work();
        play.correct("rita");
        for _ in 0..3 {
            play.work();
        }
        let ws = play.ws();
        prop_assert_eq!(&ws.strays, &Vec::new());
        prop_assert!(ws.provisioning.invited);
        let invitation = ws.invitation.unwrap();
        prop_assert_eq!(invitation.state, InvitationState::Pending);
        let id = invitation.id.unwrap();
        prop_assert_eq!(play.open, vec![(id, "rita".parse().unwrap())]);
    }
}
