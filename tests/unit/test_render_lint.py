"""A site's own templates: what overrides what, and every mistake told with file and line before a mail needs it."""

import email
import email.policy
from dataclasses import replace

import pytest
from drafts import NOW, acknowledgement, answer, notice
from sites import site

from mailbot.model import Draft, Language
from mailbot.render import lint, press
from mailbot.render.templates import shipped

OWN = "Subject: [{{ number }}] Merci\nBonjour,\n\nmerci de votre message <{{ subject }}>.\n"


def bodies(draft: Draft, overrides: dict[str, str]) -> tuple[str, str, str]:
    raw = press(site(), overrides).render(draft, NOW).raw
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = (str(part.get_content()).replace("\r\n", "\n") for part in letter.iter_parts())
    return str(letter["Subject"]), text, html


def test_the_shipped_templates_have_no_fault_even_as_overrides() -> None:
    assert lint(shipped()) == ()
    assert lint({}) == ()


def test_a_text_of_the_sites_own_has_html_of_the_same_words() -> None:
    subject, text, html = bodies(acknowledgement(), {"acknowledgement.fr.txt": OWN})
    assert subject == "[MB-7K3F-9XWM] Merci"
    assert text == "Bonjour,\n\nmerci de votre message <Problème de connexion>."
    assert "Bonjour,<br><br>merci de votre message &lt;Problème de connexion&gt;.</div>" in html


def test_other_mails_stay_as_shipped() -> None:
    assert bodies(answer(), {"acknowledgement.fr.txt": OWN}) == bodies(answer(), {})


def test_a_layout_of_the_sites_own_serves_every_mail() -> None:
    layout = shipped()["layout.html"].replace("</body>", "<p>Chez nous</p></body>")
    assert "<p>Chez nous</p>" in bodies(answer(), {"layout.html": layout})[2]


def test_a_mail_in_the_other_language_is_better_than_none() -> None:
    overrides = {"welcome.fr.txt": OWN}
    draft = replace(acknowledgement(Language.EN), template="welcome")
    outgoing = press(site(), overrides).render(draft, NOW)
    assert (outgoing.language, outgoing.subject) == (Language.FR, "[MB-7K3F-9XWM] Merci")
    assert b"\r\nContent-Language: fr\r\n" in outgoing.raw
    assert lint(overrides) == (
        "templates/welcome.en.txt: there is no such file, so welcome.fr.txt is sent to everybody",
    )


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "acknowledgement.fr.txt",
            "Bonjour\n",
            "acknowledgement.fr.txt:1: the first line of a .txt is the subject, "
            'such as "Subject: [{{ number }}] Received"',
        ),
        (
            "acknowledgement.fr.txt",
            OWN + "{{ nunber }}\n",
            "acknowledgement.fr.txt:5: nunber is no value of a mail; did you mean number?",
        ),
        (
            "acknowledgement.fr.txt",
            "Subject: {{ sujbect }}\n",
            "acknowledgement.fr.txt:1: sujbect is no value of a mail; did you mean subject?",
        ),
        (
            "acknowledgement.fr.txt",
            OWN + "{% if phone %}\n",
            "acknowledgement.fr.txt:5: Unexpected end of template. Jinja was looking for the following tags: "
            "'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'",
        ),
        (
            "acknowledgement.fr.txt",
            OWN + "{{ facts[0].value }}\n",
            "acknowledgement.fr.txt:5: tuple object has no element 0",
        ),
        (
            "acknowledgement.fr.txt",
            OWN + "\n{{ request.yours }}\n",
            "acknowledgement.fr.txt:6: 'mailbot.render.words.RequestWord object' has no attribute 'yours'",
        ),
        (
            "acknowledgement.fr.html",
            "<p>{{ subject | attr('x') }}</p>",
            "acknowledgement.fr.html:1: No filter named 'attr'",
        ),
        (
            "acknowledgement.fr.html",
            "<p>\n{{ ''.__class__.__mro__ }}</p>",
            "acknowledgement.fr.html:2: access to attribute '__class__' of 'str' object is unsafe",
        ),
        (
            "acknowledgement.fr.html",
            "{{ 'a' * 1000000000 }}",
            "acknowledgement.fr.html:1: there is no arithmetic in templates",
        ),
        (
            "acknowledgement.fr.html",
            "{{ 9 ** 9 ** 9 }}",
            "acknowledgement.fr.html:1: there is no arithmetic in templates",
        ),
        (
            "acknowledgement.fr.html",
            "{% for n in range(100000) %}x{% endfor %}",
            "acknowledgement.fr.html:1: range is no value of a mail",
        ),
        ("acknowledgement.fr.html", "x" * 70_000, "acknowledgement.fr.html: is longer than 64 KiB"),
        (
            "acknowledgement.fr.html",
            '{% include "nothing.html" %}',
            "acknowledgement.fr.html:1: there is no template nothing.html",
        ),
        (
            "acknowledgment.fr.txt",
            OWN,
            "acknowledgment.fr.txt: no mail of that name is sent; did you mean acknowledgement.fr.txt?",
        ),
        (
            "acknowledgement.de.txt",
            OWN,
            "acknowledgement.de.txt: a template is called NAME.fr.txt, NAME.en.txt or the same with .html"
            "; did you mean acknowledgement.en.txt?",
        ),
        (
            "README.md",
            "Nos courriels",
            "README.md: a template is called NAME.fr.txt, NAME.en.txt or the same with .html",
        ),
    ],
)
def test_every_mistake_is_told_and_the_shipped_template_serves(name: str, text: str, sentence: str) -> None:
    assert lint({name: text}) == (f"templates/{sentence}",)
    made = press(site(), {name: text})
    assert made.faults == (f"templates/{sentence}",)
    assert made.render(acknowledgement(), NOW) == press(site(), {}).render(acknowledgement(), NOW)


@pytest.mark.parametrize(
    "endless",
    [
        '{% include "acknowledgement.fr.html" %}',
        "{% macro more() %}{{ more() }}{% endmacro %}{{ more() }}",
        "{% for a in text %}{% for b in text %}{% for c in text %}{% for d in text %}"
        + "x" * 60
        + "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    ],
)
def test_a_template_without_end_is_found_by_trial(endless: str) -> None:
    (fault,) = lint({"acknowledgement.fr.html": endless})
    assert fault.startswith("templates/acknowledgement.fr.html")


def test_a_template_that_fails_on_one_mail_only_does_not_stop_that_mail() -> None:
    """F-156: the shipped words go out instead."""
    overrides = {"notice.fr.txt": "Subject: x\n{{ facts[0].value if reason == 'Nouvelle demande' else '' }}\n"}
    made = press(site(), overrides)
    assert made.faults == ()
    draft = replace(notice(), facts=())
    assert made.render(draft, NOW) == press(site(), {}).render(draft, NOW)


def test_a_customers_words_are_never_a_template() -> None:
    draft = replace(acknowledgement(), subject="{{ 7*7 }}{% for %}{{ undefined }}")
    subject, text, _ = bodies(draft, {})
    assert subject == "[MB-7K3F-9XWM] Re: {{ 7*7 }}{% for %}{{ undefined }}"
    assert "{{ 7*7 }}" in text


def test_a_newline_in_a_value_never_moves_the_subject_line() -> None:
    """Trap 11: the first line of the template is the subject, not the first line of what comes out."""
    subject, text, _ = bodies(replace(acknowledgement(), subject="un\ndeux"), {})
    assert subject == "[MB-7K3F-9XWM] Re: un deux"
    assert text.startswith("Bonjour,")
