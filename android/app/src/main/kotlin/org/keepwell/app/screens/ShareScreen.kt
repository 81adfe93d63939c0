package org.keepwell.app.screens

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
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
import org.keepwell.wallet.screen.ShareModel
import org.keepwell.wallet.screen.ShareScreenEvent
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.ShareStep

/** Sharing by QR code: what, what leaves, and the code while it works. */
@Composable
fun ShareScreen(state: ShareScreenState, onLock: () -> Unit, onEvent: (ShareScreenEvent) -> Unit) {
    when (state.step) {
        ShareStep.CHOOSE -> ChooseStep(state, onLock, onEvent)
        ShareStep.REVIEW -> ReviewStep(state, onLock, onEvent)
        ShareStep.SHOWN -> ShownStep(state, onLock, onEvent)
    }
}

@Composable
private fun ChooseStep(state: ShareScreenState, onLock: () -> Unit, onEvent: (ShareScreenEvent) -> Unit) {
    ScreenFrame(
        onLock = onLock,
        bottom = { BottomBar { MainButton(stringResource(R.string.share_create), !state.isBusy) { onEvent(ShareScreenEvent.Create) } } },
    ) {
        item { ScreenTitle(stringResource(R.string.share_title)) }
        item { SecondaryText(stringResource(R.string.share_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem) } }
        if (state.isBusy) item { BusyIndicator(stringResource(R.string.share_working)) }
        item { SectionHeading(stringResource(R.string.share_life)) }
        item {
            InfoCard {
                Column(Modifier.selectableGroup()) {
                    ShareModel.LIVES.forEach { life ->
                        RadioRow(label(life), null, life == state.life) { onEvent(ShareScreenEvent.ChooseLife(life)) }
                    }
                }
            }
        }
        item { SectionHeading(stringResource(R.string.share_what)) }
        item {
            InfoCard {
                RadioRow(stringResource(R.string.share_check_in), stringResource(R.string.share_check_in_body), state.categories.isEmpty()) {
                    onEvent(ShareScreenEvent.CheckInSet)
                }
                state.counts.forEach { (category, count) ->
                    TickRow(label(category), count.toString(), category in state.categories) { onEvent(ShareScreenEvent.Toggle(category)) }
                }
            }
        }
    }
}

@Composable
private fun ReviewStep(state: ShareScreenState, onLock: () -> Unit, onEvent: (ShareScreenEvent) -> Unit) {
    ScreenFrame(
        onLock = onLock,
        bottom = {
            BottomBar {
                MainButton(stringResource(R.string.share_show), !state.isBusy) { onEvent(ShareScreenEvent.Show) }
                OtherButton(stringResource(R.string.share_cancel), !state.isBusy) { onEvent(ShareScreenEvent.Stop) }
            }
        },
    ) {
        item { ScreenTitle(stringResource(R.string.share_review_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem) } }
        item {
            InfoCard {
                state.types.forEach { (type, count) -> LabeledText(typeLabel(type), recordCount(count)) }
                if (state.dangling > 0) {
                    IconText(R.drawable.ic_info, pluralStringResource(R.plurals.share_dangling, state.dangling.toInt(), state.dangling.toInt()))
                }
                if (state.withdrawn > 0) {
                    IconText(R.drawable.ic_info, pluralStringResource(R.plurals.share_withdrawn, state.withdrawn.toInt(), state.withdrawn.toInt()))
                }
            }
        }
        item { SecondaryText(stringResource(R.string.share_left, countdown(state.remaining))) }
    }
}

@Composable
private fun ShownStep(state: ShareScreenState, onLock: () -> Unit, onEvent: (ShareScreenEvent) -> Unit) {
    ScreenFrame(
        onLock = onLock,
        bottom = {
            BottomBar {
                if (state.isLive) {
                    MainButton(stringResource(R.string.share_stop), !state.isBusy, isDangerous = true) { onEvent(ShareScreenEvent.Stop) }
                } else {
                    MainButton(stringResource(R.string.share_again)) { onEvent(ShareScreenEvent.Again) }
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
            ScreenTitle(stringResource(title))
        }
        state.problem?.let { problem -> item { ProblemNotice(problem) } }
        item {
            when (state.state) {
                ShareState.ACTIVE -> Notice(stringResource(R.string.share_left, countdown(state.remaining)), Tone.INFO, isSilent = true)
                ShareState.PAUSED ->
                    Notice(stringResource(if (state.isStillOpen) R.string.share_paused_still_open else R.string.share_paused), Tone.WARNING)
                ShareState.EXPIRED -> Notice(stringResource(R.string.share_expired), Tone.INFO)
                ShareState.REVOKED ->
                    if (state.isStillOpen) Notice(stringResource(R.string.share_revoked_still_open), Tone.WARNING)
                    else Notice(stringResource(R.string.share_revoked), Tone.INFO)
            }
        }
        state.visibleCode?.let { code -> item { QrCodeImage(code) } }
        item { SectionHeading(stringResource(R.string.share_openings)) }
        item {
            InfoCard {
                if (state.openings.isEmpty()) SecondaryText(stringResource(R.string.share_not_opened))
                state.openings.forEach {
                    LabeledText(it.recipient, if (it.opened) timeOfDay(it.time) else timeOfDay(it.time) + " · " + stringResource(R.string.share_refused))
                }
            }
        }
        if (state.isLive) {
            item {
                if (state.state == ShareState.PAUSED) {
                    OtherButton(stringResource(R.string.share_resume), !state.isBusy) { onEvent(ShareScreenEvent.Resume) }
                } else {
                    OtherButton(stringResource(R.string.share_pause), !state.isBusy) { onEvent(ShareScreenEvent.Pause) }
                }
            }
        }
        if (state.visibleCode != null) item { OtherButton(stringResource(R.string.share_send)) { onEvent(ShareScreenEvent.SendLink) } }
    }
}

/** Black on white in both themes, four modules of quiet zone, modules of whole pixels: what scanners expect. */
@Composable
fun QrCodeImage(code: QrCode) {
    val says = stringResource(R.string.share_qr)
    Canvas(
        Modifier.fillMaxWidth().aspectRatio(1f).clip(MaterialTheme.shapes.medium).background(Color.White)
            .testTag("qr").semantics { contentDescription = says },
    ) {
        val module = (size.minDimension / (code.size + 2 * QUIET)).toInt().toFloat()
        val start = (size.minDimension - module * code.size) / 2
        for (y in 0 until code.size) {
            for (x in 0 until code.size) {
                if (code.isDark(x, y)) drawRect(Color.Black, Offset(start + x * module, start + y * module), Size(module, module))
            }
        }
    }
}

private const val QUIET = 4
