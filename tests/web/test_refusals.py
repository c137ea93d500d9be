"""Who tried what they may not is noted, without what they typed and without a secret."""

from tests.web.conftest import post


def test_each_refusal_is_noted_with_who_and_from_where(client, as_vera, here, log, app):
    post(as_vera, "/patients/new", family_name="Zebedee")
    as_vera.post("/patients/new", data={"family_name": "Zebedee"})
    app.test_client().get("/callbacks/sms/gateway/0123456789abcdefX/inbound")
    as_vera.get("/", headers={"Host": "evil.example"})
    as_vera.get("/")

    said = log.getvalue()
    for words in (
        f"refused 403: POST patients.create, staff {here.vera.id}, from 127.0.0.1",
        "refused 400: POST patients.create, staff nobody, from 127.0.0.1",
        "refused 403: GET callbacks.gateway_inbound, staff nobody",
        "refused 400: GET board.index, staff nobody",
    ):
        assert said.count(words) == 1, said
    assert said.count("refused") == 4
    assert not any(word in said for word in ("Zebedee", "0123456789abcdefX", "evil"))
