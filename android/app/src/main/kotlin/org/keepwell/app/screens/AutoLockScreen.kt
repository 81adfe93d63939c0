package org.keepwell.app.screens

import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import kotlin.time.Duration
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.label
import org.keepwell.wallet.screen.AutoLockEvent
import org.keepwell.wallet.screen.AutoLockState

/** After how long Keepwell locks itself: on the screen, and out of sight. */
@Composable
fun AutoLockScreen(
    state: AutoLockState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (AutoLockEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock) {
        item { ScreenTitle(text = stringResource(R.string.auto_lock_title)) }
        item { SecondaryText(text = stringResource(R.string.auto_lock_body)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(AutoLockEvent.Retry) }.takeIf { state.set == null }) }
        }
        state.set?.let { set ->
            item { SectionHeading(text = stringResource(R.string.auto_lock_in_front)) }
            item { Choices(choices = state.choicesInFront, chosen = set.inFront, onChoose = { onEvent(AutoLockEvent.InFront(it)) }) }
            item { SectionHeading(text = stringResource(R.string.auto_lock_in_background)) }
            item {
                Choices(choices = state.choicesInBackground, chosen = set.inBackground, onChoose = { onEvent(AutoLockEvent.InBackground(it)) })
            }
        }
        if (state.isBusy && state.set == null) item { BusyIndicator() }
    }
}

@Composable
private fun Choices(choices: List<Duration?>, chosen: Duration?, onChoose: (Duration?) -> Unit, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier.selectableGroup()) {
        choices.forEach { choice -> RadioRow(text = spanLabel(choice), isChosen = choice == chosen, onChoose = { onChoose(choice) }) }
    }
}

/** After how long: at once, a span, or never. */
@Composable
internal fun spanLabel(after: Duration?): String = when (after) {
    null -> stringResource(R.string.auto_lock_never)
    Duration.ZERO -> stringResource(R.string.auto_lock_at_once)
    else -> label(after)
}
