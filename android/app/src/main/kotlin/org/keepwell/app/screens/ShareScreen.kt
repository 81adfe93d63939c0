package org.keepwell.app.screens

import androidx.activity.compose.LocalActivity
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.delay
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.PreviewedRecords
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ProseField
import org.keepwell.app.ui.Question
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SecretField
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.SwitchRow
import org.keepwell.app.ui.TickRow
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.countdown
import org.keepwell.app.ui.day
import org.keepwell.app.ui.dayAndTime
import org.keepwell.app.ui.label
import org.keepwell.app.ui.timeOfDay
import org.keepwell.platform.BrightWindow
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.screen.ShareScreenEvent
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.ShareStep

/** Sharing by QR code: what, what leaves, and the code while it works. */
@Composable
fun ShareScreen(
    state: ShareScreenState,
    onLock: () -> Unit,
    onRecover: () -> Unit,
    onEvent: (ShareScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        ShareStep.CHOOSE -> ChooseStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ShareStep.REVIEW -> ReviewStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ShareStep.PIN -> PinScreen(
            title = stringResource(R.string.share_title),
            body = stringResource(R.string.share_pin, state.until?.let { day(it) }.orEmpty()),
            action = stringResource(R.string.share_confirm),
            state = state.pin,
            onBack = { onEvent(ShareScreenEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(ShareScreenEvent.Pin(it)) },
            modifier = modifier,
        )
        ShareStep.SHOWN -> ShownStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun ChooseStep(
    state: ShareScreenState,
    onLock: () -> Unit,
    onEvent: (ShareScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.share_review),
                    onClick = { onEvent(ShareScreenEvent.Review) },
                    isEnabled = !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.share_title)) }
        item { SecondaryText(text = stringResource(R.string.share_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (state.isBusy) item { BusyIndicator(description = stringResource(R.string.share_working)) }
        if (state.live.isNotEmpty()) item { SectionHeading(text = stringResource(R.string.shares_live)) }
        items(count = state.live.size, key = { state.live[it].id.hex }) { index ->
            val share = state.live[index]
            LinkCard(
                title = stringResource(shareLabel(share)),
                onClick = { onEvent(ShareScreenEvent.Open(share.id)) },
                detail = listOfNotNull(
                    stringResource(R.string.share_times, dayAndTime(share.created), dayAndTime(share.expires)),
                    ledgerLabel(share)?.let { stringResource(it) },
                ).joinToString("\n"),
                isEnabled = !state.isBusy,
            )
        }
        item { SectionHeading(text = stringResource(R.string.share_life)) }
        item {
            InfoCard {
                Column(modifier = Modifier.selectableGroup()) {
                    (state.choices.shareLives + state.choices.shareLivesOnLedger).forEach { life ->
                        RadioRow(
                            text = label(life),
                            isChosen = life == state.life,
                            onChoose = { onEvent(ShareScreenEvent.ChooseLife(life)) },
                            isEnabled = !state.isBusy,
                        )
                    }
                }
            }
        }
        item { SectionHeading(text = stringResource(R.string.share_what)) }
        item {
            InfoCard {
                RadioRow(
                    text = stringResource(R.string.share_check_in),
                    isChosen = state.categories.isEmpty(),
                    onChoose = { onEvent(ShareScreenEvent.CheckInSet) },
                    detail = stringResource(R.string.share_check_in_body),
                    isEnabled = !state.isBusy,
                )
                state.counts.forEach { (category, count) ->
                    TickRow(
                        text = label(category),
                        isTicked = category in state.categories,
                        onToggle = { onEvent(ShareScreenEvent.Toggle(category)) },
                        trailing = count.toString(),
                        isEnabled = !state.isBusy,
                    )
                }
            }
        }
        item { SectionHeading(text = stringResource(R.string.share_story_title)) }
        item {
            ProseField(
                text = state.story,
                label = stringResource(R.string.share_story_field),
                tag = "story",
                onChange = { onEvent(ShareScreenEvent.WriteStory(it)) },
                isEnabled = !state.isBusy,
            )
        }
        item { SecondaryText(text = stringResource(R.string.share_story_body)) }
        item { SectionHeading(text = stringResource(R.string.share_more)) }
        item { SecondaryText(text = stringResource(R.string.share_more_body)) }
        item {
            InfoCard {
                SwitchRow(
                    text = stringResource(R.string.share_follow),
                    isOn = state.followsRecord,
                    onChange = { onEvent(ShareScreenEvent.Follow(it)) },
                )
            }
        }
        // Again where it is typed: whoever types it does not see the top of the list.
        state.problem?.takeIf { it is Problem.PasscodeUnsuitable }?.let { problem -> item { ProblemNotice(problem = problem) } }
        item {
            SecretField(
                text = state.passcode,
                label = stringResource(R.string.share_passcode_field),
                tag = "passcode",
                lines = 1,
                isWrong = state.problem is Problem.PasscodeUnsuitable,
                onChange = { onEvent(ShareScreenEvent.TypePasscode(it)) },
                isEnabled = !state.isBusy,
            )
        }
        item { SecondaryText(text = stringResource(R.string.share_passcode_body)) }
    }
}

/** What is asked of a code beyond a plain one. */
private fun LazyListScope.kind(followsRecord: Boolean, needsPasscode: Boolean) {
    if (followsRecord) item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_followed)) }
    if (needsPasscode) item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_asks_passcode)) }
}

@Composable
private fun ReviewStep(
    state: ShareScreenState,
    onLock: () -> Unit,
    onEvent: (ShareScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ShareScreenEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.share_confirm),
                    onClick = { onEvent(ShareScreenEvent.Create) },
                    isEnabled = !state.isBusy,
                )
                OtherButton(
                    text = stringResource(R.string.share_cancel),
                    onClick = { onEvent(ShareScreenEvent.Back) },
                    isEnabled = !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.share_review_title)) }
        item { SecondaryText(text = stringResource(R.string.share_review_body, label(state.life))) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (state.isBusy) item { BusyIndicator(description = stringResource(R.string.share_working)) }
        state.until?.let { until ->
            item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_until, day(until))) }
            item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_in_book)) }
            item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_end_anywhere)) }
        }
        kind(followsRecord = state.followsRecord, needsPasscode = state.needsPasscode)
        val preview = state.preview ?: return@ScreenFrame
        items(count = preview.leaving.size, key = { preview.leaving[it].category.stableName }) {
            PreviewedRecords(previewed = preview.leaving[it])
        }
        if (preview.along > 0) {
            item {
                val along = preview.along.toInt()
                IconText(icon = R.drawable.ic_info, text = pluralStringResource(R.plurals.review_along, along, along))
            }
        }
        if (preview.withdrawn > 0) {
            item {
                val withdrawn = preview.withdrawn.toInt()
                IconText(icon = R.drawable.ic_info, text = pluralStringResource(R.plurals.share_withdrawn, withdrawn, withdrawn))
            }
        }
        if (state.hasStory) item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_story_along)) }
        if (preview.hasPdf) item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.share_pdf)) }
    }
}

@Composable
private fun ShownStep(
    state: ShareScreenState,
    onLock: () -> Unit,
    onEvent: (ShareScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    val window = LocalActivity.current?.window?.takeIf { state.visibleCode != null }
    LaunchedEffect(window) {
        // Not for a whole day: nobody may be looking any more.
        if (window != null) BrightWindow(window).use { delay(10.minutes) }
    }
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ShareScreenEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                if (state.isLive) {
                    MainButton(
                        text = stringResource(R.string.share_stop),
                        onClick = { onEvent(ShareScreenEvent.AskStop) },
                        isEnabled = !state.isBusy,
                        isDangerous = true,
                    )
                } else {
                    MainButton(text = stringResource(R.string.share_again), onClick = { onEvent(ShareScreenEvent.Back) })
                }
            }
        },
    ) {
        item {
            val title = when {
                state.visibleCode != null -> R.string.share_shown_title
                state.share?.state == ShareState.PAUSED -> R.string.share_paused_title
                state.isLive -> R.string.share_active
                state.isStillOpen -> R.string.share_ending_title
                else -> R.string.share_ended_title
            }
            ScreenTitle(text = stringResource(title))
        }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item { ShareStateNotice(state = state) }
        state.share?.let(::ledgerLabel)?.let { label -> item { IconText(icon = R.drawable.ic_info, text = stringResource(label)) } }
        state.share?.takeIf { state.isLive }?.let { kind(followsRecord = it.followsRecord, needsPasscode = it.needsPasscode) }
        state.visibleCode?.let { code -> item { QrCodeImage(code = code) } }
        state.openings?.let { openings ->
            item { SectionHeading(text = stringResource(R.string.share_openings)) }
            item { Openings(openings = openings) }
        }
        if (state.isLive) {
            item {
                val isPaused = state.share?.state == ShareState.PAUSED
                OtherButton(
                    text = stringResource(if (isPaused) R.string.share_resume else R.string.share_pause),
                    onClick = { onEvent(if (isPaused) ShareScreenEvent.Resume else ShareScreenEvent.Pause) },
                    isEnabled = !state.isBusy,
                )
            }
        }
        if (state.visibleCode != null) {
            item {
                OtherButton(text = stringResource(R.string.share_send), onClick = { onEvent(ShareScreenEvent.SendLink) })
            }
        }
    }
    if (state.isAsking) StopDialog(onEvent = onEvent)
}

@Composable
private fun Openings(openings: List<ShareOpening>, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        if (openings.isEmpty()) SecondaryText(text = stringResource(R.string.share_not_opened))
        openings.forEach {
            val time = timeOfDay(it.time)
            LabeledText(
                label = stringResource(R.string.log_said_to_be, it.recipient),
                text = if (it.opened) time else time + " · " + stringResource(R.string.share_refused),
            )
        }
    }
}

@Composable
private fun ShareStateNotice(state: ShareScreenState, modifier: Modifier = Modifier) {
    val share = state.share ?: return
    val text = when (share.state) {
        ShareState.ACTIVE ->
            if (state.remaining > 1.days) stringResource(R.string.share_until, day(share.expires)) else stringResource(R.string.share_left, countdown(state.remaining))
        ShareState.PAUSED -> stringResource(if (state.isStillOpen) R.string.share_paused_still_open else R.string.share_paused)
        ShareState.EXPIRED -> stringResource(R.string.share_expired)
        ShareState.REVOKED -> stringResource(if (state.isStillOpen) R.string.share_revoked_still_open else R.string.share_revoked)
    }
    val isWarning = share.state == ShareState.PAUSED || share.state == ShareState.REVOKED && state.isStillOpen
    Notice(
        text = text,
        tone = if (isWarning) Tone.WARNING else Tone.INFO,
        modifier = modifier,
        isSilent = share.state == ShareState.ACTIVE,
    )
}

/** How a share that lives stands; one that was ended is here for as long as its host was not told. */
private fun shareLabel(share: Share): Int = when {
    share.isPending -> R.string.grant_pending
    share.state == ShareState.ACTIVE -> R.string.share_active
    share.state == ShareState.REVOKED -> R.string.share_revoked_still_open
    share.isTold -> R.string.share_paused
    else -> R.string.share_paused_still_open
}

/** How a share that is granted on the ledger stands there; null for any other, and once its time is over. */
private fun ledgerLabel(share: Share): Int? = when (share.ledger) {
    GrantState.PENDING -> R.string.share_book_pending
    GrantState.ACTIVE -> R.string.share_book_confirmed
    GrantState.REVOKING -> R.string.share_book_ending
    GrantState.REVOKED -> R.string.share_book_ended
    GrantState.EXPIRED, null -> null
}

@Composable
private fun StopDialog(onEvent: (ShareScreenEvent) -> Unit, modifier: Modifier = Modifier) {
    Question(
        onDismissRequest = { onEvent(ShareScreenEvent.KeepOpen) },
        confirmButton = {
            QuietButton(text = stringResource(R.string.share_stop), onClick = { onEvent(ShareScreenEvent.ConfirmStop) })
        },
        modifier = modifier,
        dismissButton = {
            QuietButton(text = stringResource(R.string.share_keep), onClick = { onEvent(ShareScreenEvent.KeepOpen) })
        },
        title = { Text(text = stringResource(R.string.share_stop_title), modifier = Modifier.semantics { heading() }) },
        text = { Text(text = stringResource(R.string.share_stop_body), modifier = Modifier.verticalScroll(rememberScrollState())) },
    )
}

/** Black on white in both themes, four modules of quiet zone, modules of whole pixels: what scanners expect. */
@Composable
fun QrCodeImage(code: QrCode, modifier: Modifier = Modifier) {
    val description = stringResource(R.string.share_qr)
    Canvas(
        modifier = modifier.fillMaxWidth().aspectRatio(1f).clip(MaterialTheme.shapes.medium).background(Color.White)
            .testTag("qr").semantics { contentDescription = description },
    ) {
        val module = (size.minDimension / (code.size + 2 * QUIET)).toInt().toFloat()
        val start = (size.minDimension - module * code.size) / 2
        for (y in 0 until code.size) {
            for (x in 0 until code.size) {
                if (code.isDark(x, y)) {
                    drawRect(
                        color = Color.Black,
                        topLeft = Offset(x = start + x * module, y = start + y * module),
                        size = Size(width = module, height = module),
                    )
                }
            }
        }
    }
}

private const val QUIET = 4
