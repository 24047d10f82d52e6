"""P7, P3, P9 under parallel requests: one winner for a refresh and for a code, one admin who stays."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.idp.oidc.models import Token, TokenQuerySet
from django.utils import timezone

from campus.accounts.models import User
from campus.personal import services as personal
from campus.personal.models import ErasureRequest
from portal.roles import Role
from tests import factories
from tests.campus.accounts.openid import flows
from tests.campus.accounts.openid.flows import TOKEN, Flow
from tests.concurrency.parallel import in_parallel

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 8


def winners(call: Callable[[], Any]) -> int:
    """How many of the same requests at once got what they asked for."""
    answers = in_parallel([call] * AT_ONCE, threads=AT_ONCE)
    assert {answer.status_code for answer in answers} <= {200, 400}, answers
    return sum(answer.status_code == 200 for answer in answers)


def flow() -> Flow:
    return Flow(flows.signed_in(factories.student().user), *flows.client())


def refreshes(one: Flow) -> int:
    token = one.tokens()["refresh_token"]
    return winners(partial(one.post, TOKEN, grant_type="refresh_token", refresh_token=token))


def test_p7_of_many_refreshes_with_one_token_one_wins() -> None:
    one = flow()
    assert refreshes(one) == 1
    assert Token.objects.filter(type=Token.Type.REFRESH_TOKEN).count() == 1


def test_control_without_the_lock_several_refreshes_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        TokenQuerySet, "select_for_update", lambda rows, **_how: rows, raising=False
    )
    one = flow()
    assert max(refreshes(one) for _ in range(4)) > 1


def test_p7_of_many_exchanges_of_one_code_one_wins_or_none_keeps() -> None:
    one = flow()
    code = one.code()
    assert winners(partial(one.exchange, code)) == 1


def both_go() -> int:
    """Two admins, erased at the same moment; how many are left."""
    User.objects.filter(groups__name=Role.ADMIN.value).update(is_active=False)
    pair = [factories.user(Role.ADMIN), factories.user(Role.ADMIN)]
    requests = [personal.ask_erasure(user=one, actor=one) for one in pair]
    ErasureRequest.objects.update(due_at=timezone.now())
    told = in_parallel([partial(personal.carry_out, request_id=one.pk) for one in requests])
    assert not [one for one in told if isinstance(one, Exception)], told
    return User.objects.filter(groups__name=Role.ADMIN.value, is_active=True).count()


def test_p9_of_the_last_two_admins_one_stays() -> None:
    assert both_go() == 1


def test_control_without_the_lock_both_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unlocked:
        objects: Any = None

    class Rows:
        def select_for_update(self) -> Any:
            return personal_group.objects

    personal_group = personal.Group
    Unlocked.objects = Rows()
    monkeypatch.setattr(personal, "Group", Unlocked)
    assert min(both_go() for _ in range(4)) == 0
