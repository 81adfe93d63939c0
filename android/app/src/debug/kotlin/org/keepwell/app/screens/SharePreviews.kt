package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.PasscodeReason
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.SharePreview
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.ShareStep

@ScreenPreviews
@Composable
internal fun SharePreview() {
    val state = ShareScreenState(FakeData.CHOICES, counts = PreviewData.COUNTS)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareSendingPreview() {
    val state = ShareScreenState(FakeData.CHOICES, counts = PreviewData.COUNTS, isBusy = true)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareNothingPreview() {
    val state = ShareScreenState(FakeData.CHOICES, problem = Problem.NothingToShare)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareLivePreview() {
    val ended = SHARE.copy(id = ShareId("2"), state = ShareState.REVOKED, isTold = false)
    val live = listOf(SHARE, ended, LONG, LONG.copy(id = ShareId("4"), ledger = GrantState.PENDING))
    val state = ShareScreenState(FakeData.CHOICES, counts = PreviewData.COUNTS, live = live)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareReviewPreview() {
    PreviewFrame(tab = Route.Share) { ShareScreen(state = REVIEW, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareReviewOfflinePreview() {
    val state = REVIEW.copy(problem = Problem.Offline)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareShownPreview() {
    PreviewFrame(tab = Route.Share) { ShareScreen(state = SHOWN, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareStopPreview() {
    val state = SHOWN.copy(isAsking = true)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun SharePausedPreview() {
    val state = SHOWN.copy(share = SHARE.copy(state = ShareState.PAUSED))
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareStillOpenPreview() {
    val state = SHOWN.copy(share = SHARE.copy(state = ShareState.REVOKED), isStillOpen = true, qrCode = null, remaining = Duration.ZERO)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareExpiredPreview() {
    val state = SHOWN.copy(share = SHARE.copy(state = ShareState.EXPIRED), qrCode = null, remaining = Duration.ZERO)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun SharePasscodeWrongPreview() {
    val state = ShareScreenState(
        FakeData.CHOICES, counts = PreviewData.COUNTS, followsRecord = true, story = "I live alone, on the third floor.", passcode = "1111",
        problem = Problem.PasscodeUnsuitable(PasscodeReason.LENGTH),
    )
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareReviewPasscodePreview() {
    val state = REVIEW.copy(followsRecord = true, story = "I live alone, on the third floor.", passcode = "blue-otter")
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareShownPasscodePreview() {
    val state = SHOWN.copy(share = SHARE.copy(followsRecord = true, needsPasscode = true))
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareReviewLongPreview() {
    PreviewFrame(tab = Route.Share) { ShareScreen(state = REVIEW_LONG, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun SharePinPreview() {
    val state = REVIEW_LONG.copy(step = ShareStep.PIN, pin = PinState(problem = Problem.WrongPin(left = 9)))
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareShownPendingPreview() {
    val state = SHOWN.copy(share = LONG.copy(ledger = GrantState.PENDING), remaining = 30.days, openings = emptyList())
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareEndingPreview() {
    val share = LONG.copy(state = ShareState.REVOKED, ledger = GrantState.REVOKING)
    val state = SHOWN.copy(share = share, qrCode = null, remaining = Duration.ZERO)
    PreviewFrame(tab = Route.Share) { ShareScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

private val SHARE = Share(ShareId("1"), PreviewData.NOW, PreviewData.NOW.plusSeconds(600), ShareState.ACTIVE, isTold = true)

private val LONG = SHARE.copy(id = ShareId("3"), expires = PreviewData.NOW.plusSeconds(30 * 86_400), ledger = GrantState.ACTIVE)

private val REVIEW = ShareScreenState(FakeData.CHOICES, ShareStep.REVIEW, preview = SharePreview(PreviewData.PREVIEWED, along = 2, withdrawn = 1, hasPdf = true))

private val REVIEW_LONG = REVIEW.copy(life = 30.days, until = LONG.expires)

private val SHOWN = ShareScreenState(
    FakeData.CHOICES,
    ShareStep.SHOWN,
    counts = PreviewData.COUNTS,
    share = SHARE,
    qrCode = PreviewData.CODE,
    remaining = 8.minutes + 5.seconds,
    openings = listOf(ShareOpening(PreviewData.NOW, "Northside Family Clinic, front desk", opened = true)),
)
