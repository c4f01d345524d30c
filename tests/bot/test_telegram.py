"""The Telegram door against a Bot API over HTTP: rows before acknowledgement, owners only, files, buttons, and no message twice."""

import json
import time

import pytest

from bot import inbound
from bot.delivery import split_text
from bot.settings import TelegramSettings
from bot.telegram import TelegramDoor
from memory.domain import Button, Message, OutboxStatus
from memory.errors import InputError
from memory.repositories import assets, inbox, outbox, runs, workspaces
from memory.tables import Conversation, Outbox
from tools.toolkit import Deps

OWNER_ID, STRANGER_ID, CHAT_ID = 4711, 666, 900


@pytest.fixture
def conversation(deps: Deps) -> Conversation:
    with deps.database.session() as session:
        workspace = workspaces.ensure_workspace(session)
        return workspaces.ensure_conversation(session, workspace.id, "telegram", str(CHAT_ID))


def queue_message(deps: Deps, conversation: Conversation, key: str, text: str, **more) -> None:
    with deps.database.session() as session:
        outbox.say(session, conversation.id, Message(key, text, **more))


def statuses(deps: Deps, conversation: Conversation) -> list[OutboxStatus]:
    with deps.database.reading() as session:
        return [row.status for row in outbox.recent(session, conversation.id, 50)]


def rows(deps: Deps, conversation: Conversation) -> list[Outbox]:
    with deps.database.reading() as session:
        return list(outbox.recent(session, conversation.id, 50))


def all_runs(deps: Deps) -> list:
    with deps.database.reading() as session:
        return list(reversed(runs.latest(session, 1)))


@pytest.mark.parametrize("settings", [{"bot_token": ""}, {"bot_token": "1:a", "owner_ids": ()}])
def test_without_token_or_owners_it_refuses_to_start(deps: Deps, settings) -> None:
    with pytest.raises(InputError, match="TELEGRAM_"):
        TelegramDoor(deps, TelegramSettings.model_validate(settings))


def test_owner_ids_are_read_from_a_list_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_OWNER_IDS", "1, 22 333")

    assert TelegramSettings().owner_ids == (1, 22, 333)


def test_an_owners_message_is_a_row_before_it_is_confirmed_and_is_answered(deps: Deps, telegram, play, conversation) -> None:
    update_id = telegram.say("/status")

    play(lambda: bool(telegram.made("sendMessage")) and telegram.confirmed > update_id)

    sent = telegram.made("sendMessage")[0]
    assert sent["chat_id"] == str(CHAT_ID) and "Running." in sent["text"]
    assert statuses(deps, conversation) == [OutboxStatus.SENT]
    with deps.database.reading() as session:
        assert inbox.receive(session, door="telegram", external_id=f"update-{update_id}", kind="message", payload={})[1] is False


def test_a_stranger_gets_nothing_even_in_the_owners_chat(deps: Deps, telegram, play, conversation) -> None:
    telegram.say("/stop", user_id=STRANGER_ID)
    last = telegram.press("a:1:y", [[]], user_id=STRANGER_ID)

    play(lambda: telegram.confirmed > last)

    assert [name for name, _ in telegram.calls] == ["getMe"]
    with deps.database.reading() as session:
        assert inbox.recent_messages(session, conversation.id, 9) == []


def test_an_update_that_comes_again_after_a_crash_starts_one_run(deps: Deps, telegram, play) -> None:
    last = telegram.say("make 2 shorts")
    play(lambda: telegram.confirmed > last)
    telegram.confirmed = 0

    play(lambda: telegram.confirmed > last)

    assert len(all_runs(deps)) == 1


def test_a_button_is_pressed_answered_and_taken_off_the_message(deps: Deps, telegram, play) -> None:
    with deps.database.session() as session:
        run = runs.add(session, workspace_id=workspaces.ensure_workspace(session).id, trigger="message", request="make 2 shorts")
    keyboard = [[{"text": "Start", "callback_data": f"go:{run.id}"}, {"text": "No", "callback_data": f"no:{run.id}"}]]
    keyboard += [[{"text": "Approve", "callback_data": "a:77:y"}]]
    telegram.press(f"go:{run.id}", keyboard)

    play(lambda: bool(telegram.made("editMessageReplyMarkup")))

    assert telegram.made("answerCallbackQuery") == [{"callback_query_id": "q1", "text": "Started."}]
    left = json.loads(telegram.made("editMessageReplyMarkup")[0]["reply_markup"])["inline_keyboard"]
    assert [[button["callback_data"] for button in row] for row in left] == [["a:77:y"]]
    assert [found.request for found in all_runs(deps)] == ["make 2 shorts"] * 2


def test_a_video_becomes_a_source_and_its_caption_the_request(deps: Deps, telegram, play) -> None:
    telegram.files["F1"] = b"the bytes of a video"
    telegram.say("", caption="make 2 shorts", video=_video("F1", 20, "my talk 🎤.mp4"))

    play(lambda: bool(all_runs(deps)) and bool(telegram.made("sendMessage")))

    run = all_runs(deps)[0]
    with deps.database.reading() as session:
        asset = assets.get(session, 1, run.context["asset_id"])
    assert asset.name == "my talk 🎤.mp4" and deps.store.local(asset.sha256).read_bytes() == b"the bytes of a video"
    assert "Whose is my talk" in telegram.made("sendMessage")[0]["text"]


def test_a_file_above_the_limit_is_refused_with_what_to_do(deps: Deps, telegram, play) -> None:
    telegram.say("", video=_video("F1", 300_000_000, "long.mp4"))

    play(lambda: bool(telegram.made("sendMessage")))

    text = telegram.made("sendMessage")[0]["text"]
    assert "long.mp4 has 300 MB; Telegram hands a bot at most 20 MB" in text and "forge chat" in text
    assert telegram.made("getFile") == [] and all_runs(deps) == []


def test_a_file_that_was_still_to_be_fetched_is_fetched_after_a_restart(deps: Deps, telegram, play, conversation) -> None:
    with deps.database.session() as session:
        owner = workspaces.ensure_member(session, conversation.workspace_id, "telegram", str(OWNER_ID), role="owner")
    telegram.files["F1"] = b"bytes"
    attachment = {"file_id": "F1", "name": "talk.mp4", "size_bytes": 5}
    inbound.store_text(deps, "telegram", conversation, owner, "update-1", "make 2 shorts", attachment)

    play(lambda: bool(all_runs(deps)))

    assert len(all_runs(deps)) == 1


def test_what_is_no_text_and_no_file_is_answered(telegram, play) -> None:
    telegram.say("", location={"latitude": 1.0, "longitude": 2.0})

    play(lambda: bool(telegram.made("sendMessage")))

    assert "video files" in telegram.made("sendMessage")[0]["text"]


def test_buttons_go_out_with_their_actions(deps: Deps, telegram, play, conversation) -> None:
    queue_message(deps, conversation, "k1", "Approve?", buttons=(Button("Approve", "a:1:y"), Button("Reject", "a:1:n")))

    play(lambda: bool(telegram.made("sendMessage")))

    keyboard = json.loads(telegram.made("sendMessage")[0]["reply_markup"])["inline_keyboard"]
    assert keyboard == [
        [
            {"text": "Approve", "callback_data": "a:1:y", "style": "success"},
            {"text": "Reject", "callback_data": "a:1:n", "style": "danger"},
        ]
    ]


def test_previews_are_sent_as_video_and_photo_before_the_text(deps: Deps, telegram, play, conversation, tmp_path) -> None:
    hashes = []
    for name in ("clip.mp4", "sheet.jpg"):
        (tmp_path / name).write_bytes(name.encode())
        stored = deps.store.put(tmp_path / name)
        hashes.append(stored.sha256)
        with deps.database.session() as session:
            assets.add(session, workspace_id=conversation.workspace_id, sha256=stored.sha256, size_bytes=9, kind="proxy", name=name)
    queue_message(deps, conversation, "k1", "Two clips", files=tuple(hashes))

    play(lambda: bool(telegram.made("sendMessage")))

    assert [name for name, _ in telegram.calls if name != "getMe"] == ["sendVideo", "sendPhoto", "sendMessage"]


def test_a_status_line_is_edited_in_place(deps: Deps, telegram, play, conversation) -> None:
    queue_message(deps, conversation, "p1", "rendering 10%", slot="production-1")
    play(lambda: statuses(deps, conversation) == [OutboxStatus.SENT])
    queue_message(deps, conversation, "p2", "rendering 60%", slot="production-1")

    play(lambda: bool(telegram.made("editMessageText")) and statuses(deps, conversation)[-1] is OutboxStatus.SENT)

    edit = telegram.made("editMessageText")[0]
    assert len(telegram.made("sendMessage")) == 1
    assert edit["text"] == "rendering 60%" and edit["message_id"] == rows(deps, conversation)[0].remote_id


def test_edits_of_one_line_keep_their_distance_and_only_the_newest_is_sent(deps: Deps, telegram, play, conversation) -> None:
    started = time.monotonic()

    def tick() -> bool:
        queue_message(deps, conversation, f"p{time.monotonic_ns()}", f"{time.monotonic() - started:.2f} s", slot="production-1")
        return time.monotonic() - started > 1.6

    play(tick, edit_gap_s=0.7)

    assert 1 <= len(telegram.made("editMessageText")) <= 2 and len(telegram.made("sendMessage")) == 1


def test_one_chat_gets_its_messages_at_its_pace_and_in_order(deps: Deps, telegram, play, conversation) -> None:
    for number in range(4):
        queue_message(deps, conversation, f"k{number}", f"message {number}")
    started = time.monotonic()

    play(lambda: len(telegram.made("sendMessage")) == 4, chat_gap_s=0.2)

    assert time.monotonic() - started >= 0.6
    assert [fields["text"] for fields in telegram.made("sendMessage")] == [f"message {number}" for number in range(4)]


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # the library warns of itself when it makes a RetryAfter
def test_a_flood_wait_is_honoured_for_its_chat_alone(deps: Deps, telegram, play, conversation) -> None:
    with deps.database.session() as session:
        other = workspaces.ensure_conversation(session, conversation.workspace_id, "telegram", "901")
    telegram.answers.append(("sendMessage", 429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 1}}))
    queue_message(deps, conversation, "k1", "first")
    started, seen = time.monotonic(), {}

    def both() -> bool:
        for name, row in (("slow", conversation), ("quick", other)):
            if statuses(deps, row) == [OutboxStatus.SENT]:
                seen.setdefault(name, time.monotonic() - started)
        if len(telegram.calls) > 1 and not rows(deps, other):
            queue_message(deps, other, "k2", "to the other chat")
        return len(seen) == 2

    play(both)

    assert seen["slow"] >= 1.0 > seen["quick"]


def test_a_lost_answer_makes_a_message_uncertain_and_it_is_never_sent_again(deps: Deps, telegram, play, conversation) -> None:
    telegram.answers.append(("sendMessage", 0, {}))
    queue_message(deps, conversation, "k1", "Once only")
    queue_message(deps, conversation, "k2", "The next one")

    play(lambda: statuses(deps, conversation)[1:] == [OutboxStatus.SENT])
    play(lambda: True)

    assert statuses(deps, conversation) == [OutboxStatus.UNCERTAIN, OutboxStatus.SENT]
    assert [fields["text"] for fields in telegram.made("sendMessage")] == ["Once only", "The next one"]


def test_what_was_being_sent_when_the_door_died_is_uncertain(deps: Deps, telegram, play, conversation) -> None:
    queue_message(deps, conversation, "k1", "Maybe said")
    with deps.database.session() as session:
        outbox.start_sending(session, outbox.due(session, [conversation.id])[0])

    play(lambda: statuses(deps, conversation) == [OutboxStatus.UNCERTAIN])

    assert telegram.made("sendMessage") == []


def test_a_refused_message_is_failed_and_the_next_one_goes_out(deps: Deps, telegram, play, conversation) -> None:
    telegram.answers.append(("sendMessage", 400, {"ok": False, "description": "Bad Request: chat not found"}))
    queue_message(deps, conversation, "k1", "refused")
    queue_message(deps, conversation, "k2", "taken")

    play(lambda: OutboxStatus.SENT in statuses(deps, conversation))

    assert statuses(deps, conversation) == [OutboxStatus.FAILED, OutboxStatus.SENT]


def test_a_wrong_token_ends_the_door_with_what_to_do(telegram, play) -> None:
    telegram.answers.append(("getMe", 401, {"ok": False, "description": "Unauthorized"}))

    with pytest.raises(InputError, match="BotFather"):
        play(lambda: False)


def test_a_poll_that_fails_is_tried_again(telegram, play) -> None:
    telegram.answers.append(("getUpdates", 502, {"ok": False, "description": "Bad Gateway"}))
    telegram.say("/help")

    play(lambda: bool(telegram.made("sendMessage")))

    assert "/resume" in telegram.made("sendMessage")[0]["text"]


def test_a_bug_is_told_by_its_number_and_the_next_update_comes(deps: Deps, telegram, play, monkeypatch: pytest.MonkeyPatch) -> None:
    real = inbound.receive_text
    calls = []

    def broken_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise ZeroDivisionError
        return real(*args)

    monkeypatch.setattr(inbound, "receive_text", broken_once)
    telegram.say("/help")
    telegram.say("/status")

    play(lambda: len(telegram.made("sendMessage")) == 2)

    texts = [fields["text"] for fields in telegram.made("sendMessage")]
    assert "error " in texts[0] and "written down" in texts[0] and "Running." in texts[1]


@pytest.mark.parametrize("text", ["", "short", "a\n" * 4000, "🎬" * 5000, "x" * 9000])
def test_long_texts_are_split_within_telegrams_limit_and_nothing_is_lost(text: str) -> None:
    parts = split_text(text)

    assert all(1 <= len(part.encode("utf-16-le")) // 2 <= 4096 for part in parts)
    assert "".join(parts).replace("\n", "") == (text.replace("\n", "") or "–")


def _video(file_id: str, size: int, name: str) -> dict[str, object]:
    return {
        "file_id": file_id,
        "file_unique_id": "u",
        "width": 1,
        "height": 1,
        "duration": 1,
        "file_size": size,
        "file_name": name,
        "mime_type": "video/mp4",
    }
