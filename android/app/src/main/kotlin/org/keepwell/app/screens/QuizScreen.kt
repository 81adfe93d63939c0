package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalFocusManager
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SecretField
import org.keepwell.app.ui.StayAwake
import org.keepwell.wallet.screen.QuizEvent
import org.keepwell.wallet.screen.QuizState

/** Three words from the paper; [onLater] puts it off, where that can be done. */
@Composable
fun QuizScreen(
    state: QuizState,
    onBack: () -> Unit,
    onLater: (() -> Unit)?,
    onEvent: (QuizEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    val focus = LocalFocusManager.current
    StayAwake(use = state.answers)
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        bottomBar = {
            BottomBar {
                val check = {
                    // The keyboard goes, so that an answer has room.
                    focus.clearFocus()
                    onEvent(QuizEvent.Check)
                }
                MainButton(text = stringResource(R.string.next), onClick = check, isEnabled = state.canCheck)
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.quiz_title)) }
        item { SecondaryText(text = stringResource(R.string.quiz_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        items(count = state.positions.size, key = { it }) { index ->
            SecretField(
                text = state.answers[index],
                label = stringResource(R.string.word_field, state.positions[index]),
                tag = "answer-${state.positions[index]}",
                lines = 1,
                isWrong = state.problem != null,
                onChange = { onEvent(QuizEvent.Type(index, it)) },
                isEnabled = !state.isBusy,
            )
        }
        if (state.isBusy) item { BusyIndicator(description = stringResource(R.string.pin_checking)) }
        item { OtherButton(text = stringResource(R.string.quiz_look_again), onClick = onBack) }
        if (onLater != null) item { OtherButton(text = stringResource(R.string.quiz_later), onClick = onLater) }
    }
}
