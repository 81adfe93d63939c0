package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.background.NoticeWishes
import org.keepwell.wallet.screen.NoticesState

@ScreenPreviews
@Composable
internal fun NoticesPreview() = Wishing(wishes = NoticeWishes())

@ScreenPreviews
@Composable
internal fun NoticesNamedPreview() = Wishing(wishes = NoticeWishes(tellsSending = false, namesClinics = true))

@ScreenPreviews
@Composable
internal fun NoticesNonePreview() = Wishing(wishes = NoticeWishes(tellsSending = false, tellsEnds = false, tellsReads = false))

@ScreenPreviews
@Composable
internal fun NoticesUnaskedPreview() = Wishing(wishes = NoticeWishes(), isAllowed = false, onTellMe = {})

@ScreenPreviews
@Composable
internal fun NoticesRefusedPreview() = Wishing(wishes = NoticeWishes(), isAllowed = false)

@Composable
private fun Wishing(wishes: NoticeWishes, isAllowed: Boolean = true, onTellMe: (() -> Unit)? = null) = PreviewFrame {
    NoticesScreen(
        state = NoticesState(wishes),
        phone = PreviewPhone(showsNotices = isAllowed),
        onTellMe = onTellMe,
        onBack = {},
        onEvent = {},
    )
}
