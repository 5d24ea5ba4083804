"""HTML becomes the text that a person sees."""

import pytest

from mailbot.parsers.html import convert
from mailbot.parsers.html.tokens import Tag, tokens


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("un<br>deux<br/>trois</br>quatre", "un\ndeux\ntrois\nquatre"),
        ("<p>un<p>deux</p><div>trois</div>quatre", "un\n\ndeux\n\ntrois\nquatre"),
        ("<p class=MsoNormal>un</p><p style='margin: 0'>deux</p>", "un\ndeux"),
        ("<p>un</p><p>&nbsp;</p><div>&nbsp;</div><p>deux</p>", "un\n\ndeux"),
        ("a   b\n\t c&nbsp;d", "a b c d"),
        ("<b>a</b> <i>b</i><u> c</u>d", "a b cd"),
        ("<pre>  un\n    deux\n</pre>trois", "  un\n    deux\n\ntrois"),
        ("<ul><li>un<li>deux<ol><li>a<li>b</ol></ul>fin", "- un\n- deux\n  1. a\n  2. b\n\nfin"),
        ("<li>seul", "- seul"),
        ("<dl><dt>mot<dd>sens<dt>autre</dl>", "mot\nsens\nautre"),
        ("<table><tr><td>a<td>b<tr><th>c<th></table>d", "a | b\nc\nd"),
        ("<table><tr><td><p>a</p></td><td><div>b</div></td></tr></table>", "a | b"),
        ("<table><tr><td>a</td><td>b<br>c</td><td>d</td></tr></table>", "a | b\nc\nd"),
        ("<table><tr><td><table><tr><td>a</table></td><td>b</table>", "a | b"),
        ("un<hr>deux", "un\n________________________________\ndeux"),
        ("<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", "> a\n> b\n>\n>> c\n\nd"),
        ("<blockquote style='margin:0 0 0 40px; border: none'>retrait</blockquote>", "retrait"),
        ("<div class='yahoo_quoted x'>ancien</div>neuf", "> ancien\nneuf"),
        ("<blockquote><ul><li>a</ul></blockquote>", "> - a"),
        ("<a href='https://a.example/x'>ici</a>", "ici <https://a.example/x>"),
        ("<a href='https://www.a.example/'>a.example</a>", "a.example"),
        (
            "<a href='mailto:a@b.example'>Ana</a> <a href='mailto:a@b.example'>a@b.example</a>",
            "Ana <a@b.example> a@b.example",
        ),
        ("<a href='javascript:x'>a</a> <a href='#x'>b</a> <a href='cid:x'>c</a> <a>d</a>", "a b c d"),
        ("<a href='https://a.example/'><img src=x></a>", ""),
        ("<img alt='logo de la société'><img alt='🙂'>", "🙂"),
        ("<script>x</script><style>y</style><title>z</title>a<textarea> b</textarea>", "a b"),
        ("<script>x", ""),
        ("<title>x</titl", ""),
        ("a<!-- b -->c<!--> d<!---> e<!-- f --!>g<!-- h", "ac d eg"),
        ("<![if !mso]>a<![endif]><?xml b?></ c>d", "ad"),
        ("a < b &lt; c &amp; d &eacute; &#0; 1<2", "a < b < c & d é � 1<2"),
        ("<a title='>' href=\"https://a.example\"x>b</a", "b <https://a.example>"),
        ("</p></div></b></li>a</table>b", "ab"),
        ("<svg><text>a</text></svg><select><option>b</select>c<object>d</object>", "c"),
        ("a<b <c>d", "ad"),
    ],
)
def test_html_is_laid_out_as_text(html: str, text: str) -> None:
    assert convert(html).text == text


@pytest.mark.parametrize(
    "html",
    [
        "<p style='display : NONE'>x<b>y</b></p>",
        '<div style="color:red;visibility:hidden">x</div>',
        "<p hidden>x</p>",
        "<span style='font-size:0'>x</span>",
        "<span style='font-size:1px;color:red'>x</span>",
        "<div style='opacity:0'>x</div>",
        "<div style='max-height:0;overflow:hidden'>x</div>",
        "<div style='mso-hide:all'>x</div>",
        "<font color='#FFFFFF'>x</font>",
        "<p style='color: white'>x</p>",
        "<style>.gone { color:red; display: none }</style><p class='a GONE'>x</p>",
        "<template>x</template>",
        "<div style='display:none'><table><tr><td>x<br><hr></table></div>",
    ],
)
def test_what_nobody_sees_is_left_out_and_told(html: str) -> None:
    converted = convert(f"avant {html} après")

    assert " ".join(converted.text.split()) == "avant après"
    assert converted.hidden


@pytest.mark.parametrize(
    "html",
    [
        "<td style='font-size:0px'><div style='font-size:13px'>vu</div></td>",
        "<table bgcolor=navy><tr><td><font color=white>vu</font></table>",
        "<p style='color:white'><span style='color:black'>vu</span></p>",
        "<style>@media print { .a { display:none } }</style><p class=a>vu</p>",
        "<div style='display:none'></div>vu",
        "<p style='display:none'><p>vu",
        "<ul><li style='display:none'><li>vu</ul>",
        "<table><tr><td style='display:none'><td>vu</table>",
        "<table><tr style='display:none'><tr><td>vu</table>",
        "<div><span style='display:none'></div>vu",
        "<p style='font-size:medium'>vu",
        "<p style='font-size:1em'>vu",
    ],
)
def test_what_is_seen_is_kept(html: str) -> None:
    converted = convert(html)

    assert "vu" in converted.text
    assert not converted.hidden


def test_html_longer_than_is_read_is_cut_and_told() -> None:
    assert convert("<p>mot</p>" * 200_000).cut
    assert convert("<" + "b" * 2_000_000).cut
    assert not convert("<p>mot</p>").cut


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<div>", "<a b='", "&", "</i><b>", "<table><td>", "<blockquote>", "<li>"]
)
def test_markup_that_never_ends_is_read_to_its_end(piece: str) -> None:
    convert(piece * 60_000)


def test_an_end_tag_finds_its_begin_only_nearby() -> None:
    assert convert("<i style='display:none'>" + "<b>" * 200 + "</i>a").text == ""


def test_no_more_than_a_hundred_attributes_are_read() -> None:
    many = "".join(f" x{n}=1" for n in range(200))

    assert [tag.attribute("href") for tag in tokens(f"<a{many} href=y><a href=y>") if isinstance(tag, Tag)] == [
        None,
        "y",
    ]
