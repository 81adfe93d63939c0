package org.keepwell.app.screens

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.TickRow
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.countdown
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordCount
import org.keepwell.app.ui.timeOfDay
import org.keepwell.app.ui.typeLabel
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.screen.ShareScreenEvent
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.ShareStep

/** Sharing by QR code: what, what leaves, and the code while it works. */
@Composable
fun ShareScreen(
    state: ShareScreenState,
    onLock: () -> Unit,
    onEvent: (ShareScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        ShareStep.CHOOSE -> ChooseStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ShareStep.REVIEW -> ReviewStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
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
                    text = stringResource(R.string.share_create),
                    onClick = { onEvent(ShareScreenEvent.Create) },
                    isEnabled = !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.share_title)) }
        item { SecondaryText(text = stringResource(R.string.share_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (state.isBusy) item { BusyIndicator(description = stringResource(R.string.share_working)) }
        item { SectionHeading(text = stringResource(R.string.share_life)) }
        item {
            InfoCard {
                Column(modifier = Modifier.selectableGroup()) {
                    state.choices.shareLives.forEach { life ->
                        RadioRow(
                            text = label(life),
                            isChosen = life == state.life,
                            onChoose = { onEvent(ShareScreenEvent.ChooseLife(life)) },
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
                )
                state.counts.forEach { (category, count) ->
                    TickRow(
                        text = label(category),
                        isTicked = category in state.categories,
                        onToggle = { onEvent(ShareScreenEvent.Toggle(category)) },
                        trailing = count.toString(),
                    )
                }
            }
        }
    }
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
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.share_show),
                    onClick = { onEvent(ShareScreenEvent.Show) },
                    isEnabled = !state.isBusy,
                )
                OtherButton(
                    text = stringResource(R.string.share_cancel),
                    onClick = { onEvent(ShareScreenEvent.Stop) },
                    isEnabled = !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.share_review_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item {
            InfoCard {
                state.types.forEach { (type, count) -> LabeledText(label = typeLabel(type), text = recordCount(count)) }
                if (state.dangling > 0) {
                    val dangling = state.dangling.toInt()
                    IconText(icon = R.drawable.ic_info, text = pluralStringResource(R.plurals.share_dangling, dangling, dangling))
                }
                if (state.withdrawn > 0) {
                    val withdrawn = state.withdrawn.toInt()
                    IconText(icon = R.drawable.ic_info, text = pluralStringResource(R.plurals.share_withdrawn, withdrawn, withdrawn))
                }
            }
        }
        item { SecondaryText(text = stringResource(R.string.share_left, countdown(state.remaining))) }
    }
}

@Composable
private fun ShownStep(
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
                if (state.isLive) {
                    MainButton(
                        text = stringResource(R.string.share_stop),
                        onClick = { onEvent(ShareScreenEvent.Stop) },
                        isEnabled = !state.isBusy,
                        isDangerous = true,
                    )
                } else {
                    MainButton(text = stringResource(R.string.share_again), onClick = { onEvent(ShareScreenEvent.Again) })
                }
            }
        },
    ) {
        item {
            val title = when {
                state.isLive -> R.string.share_shown_title
                state.isStillOpen -> R.string.share_ending_title
                else -> R.string.share_ended_title
            }
            ScreenTitle(text = stringResource(title))
        }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item { ShareStateNotice(state = state) }
        state.visibleCode?.let { code -> item { QrCodeImage(code = code) } }
        item { SectionHeading(text = stringResource(R.string.share_openings)) }
        item {
            InfoCard {
                if (state.openings.isEmpty()) SecondaryText(text = stringResource(R.string.share_not_opened))
                state.openings.forEach {
                    val time = timeOfDay(it.time)
                    LabeledText(
                        label = it.recipient,
                        text = if (it.opened) time else time + " · " + stringResource(R.string.share_refused),
                    )
                }
            }
        }
        if (state.isLive) {
            item {
                val isPaused = state.state == ShareState.PAUSED
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
}

@Composable
private fun ShareStateNotice(state: ShareScreenState, modifier: Modifier = Modifier) {
    val text = when (state.state) {
        ShareState.ACTIVE -> stringResource(R.string.share_left, countdown(state.remaining))
        ShareState.PAUSED -> stringResource(if (state.isStillOpen) R.string.share_paused_still_open else R.string.share_paused)
        ShareState.EXPIRED -> stringResource(R.string.share_expired)
        ShareState.REVOKED -> stringResource(if (state.isStillOpen) R.string.share_revoked_still_open else R.string.share_revoked)
    }
    val isWarning = state.state == ShareState.PAUSED || state.state == ShareState.REVOKED && state.isStillOpen
    Notice(
        text = text,
        tone = if (isWarning) Tone.WARNING else Tone.INFO,
        modifier = modifier,
        isSilent = state.state == ShareState.ACTIVE,
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
