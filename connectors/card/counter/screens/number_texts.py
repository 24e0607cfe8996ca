"""What the staff's screen says of a user number."""

from collections.abc import Mapping

from connectors.card.counter.number_desk import Stage

NUMBER_STAGES: Mapping[Stage, str] = {
    Stage.WAITING: "住民の画面で、サービスに渡すものへの同意を待っています。",
    Stage.UNLINKED: "番号は、まだ登録されていません。ご本人の利用者カードの番号を、一度だけ登録できます。",
    Stage.SHOWN: "番号が登録されています。",
    Stage.TYPING: "入力する画面を待っています。番号を入れる欄をクリックしてください。この画面には入力しません。",
    Stage.TYPED: "番号を入力しました。",
    Stage.MOVED: "番号を入力しましたが、途中で画面が切り替わりました。どこに入ったかを確かめてください。",
    Stage.NOT_TYPED: "番号を入力していません。下の番号を使うか、もう一度入力してください。",
    Stage.FAILED: "番号を確かめられませんでした。",
}
NUMBER_PROBLEMS: Mapping[str, str] = {
    "malformed": "番号の形ではありません。半角の英数字で入れてください。",
    "user_number_in_use": "この番号は、ほかの方のものとして登録されています。利用者カードを確かめてください。",
    "already_linked": "この方には、ほかの番号が登録されています。変えるときは、担当課に連絡してください。",
    "user_number_not_listed": "名簿にない番号です。読み違いがなければ、印を付けて登録してください。",
    "claim_refused": "登録コードが違うか、何度も間違えたため使えません。お知らせのコードを確かめてください。",
    "terminal_refused": "この端末は、利用者番号を扱うように登録されていません。担当課に連絡してください。",
    "declined": "住民が、サービスに渡すことに同意しませんでした。",
    "expired": "時間が切れました。もう一度、受付からやり直してください。",
    "already_used": "この受付の番号は、もう伝えられています。",
    "rate_limited": "試せる回数を超えました。もう一度、受付からやり直してください。",
    "unreachable": "通信できません。しばらくしてから、もう一度押してください。",
    "other": "うまくいきませんでした。",
}
