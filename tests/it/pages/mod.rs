//! What every page has in common: its markup, how errors are shown, and that everybody can use it.

mod api;
mod browser;
pub mod candidate;
mod launching;
pub mod markup;
mod refused;
mod samples;
mod told;
mod twice;
mod untrusted;

use worksample::rehearsal::World;

use crate::support::visitor::{Visitor, field};

const LIST: &str = "name,email,github_login,again,note\n\
    Ada Example,ada@example.com,ada-example,,met at a fair\n\
    \u{5d3}\u{5e0}\u{5d4} \u{5dc}\u{5d5}\u{5d9},dana@example.com,,,\n\
    Bob <b onclick=alert(1)>Bold</b>,bob@example.com,,,\u{202e}turned around\n\
    Cy,nowhere,,,\n\
    Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley,a.very.long.address@subdomain.of.some.example.com,,,\n";

/// Launches the list and returns the batch's address.
async fn launched(world: &World, visitor: &mut Visitor) -> String {
    let new = visitor.get("/launches/new").await;
    let token = new.form_token("/launches/check");
    let checked = [
        ("form_token", token.as_str()),
        ("spec", "greeting"),
        ("list", LIST),
    ];
    let plan = visitor.post_parts("/launches/check", &checked).await;
    let (spec, key) = (field(&plan.text, "spec"), field(&plan.text, "key"));
    let fields = [
        ("form_token", token.as_str()),
        ("spec", &spec),
        ("list", LIST),
        ("key", &key),
    ];
    let created = visitor.post_parts("/launches", &fields).await;
    assert_eq!(created.status, 303, "{}", created.text);
    world.settle().await.unwrap();
    created.location
}
