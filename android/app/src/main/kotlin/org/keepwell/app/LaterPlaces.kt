package org.keepwell.app

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.screens.ConnectionScreen
import org.keepwell.app.screens.PinScreen
import org.keepwell.app.screens.QuizScreen
import org.keepwell.app.screens.ShownWordsScreen
import org.keepwell.app.ui.BackHandler
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.wallet.screen.CheckWordsEvent
import org.keepwell.wallet.screen.CheckWordsModel
import org.keepwell.wallet.screen.CheckWordsStep
import org.keepwell.wallet.screen.ConnectEvent
import org.keepwell.wallet.screen.ConnectModel
import org.keepwell.wallet.screen.ConnectStep

/** Connecting a phone that works on its own: to whom, the PIN, done. */
@Composable
fun ConnectPlace(
    model: ConnectModel,
    onRecover: () -> Unit,
    askForCamera: () -> Unit,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    val state = model.current()
    val connection = model.connection.current()
    val back = { model.on(ConnectEvent.Back) }
    BackHandler(onBack = back)
    when (state.step) {
        ConnectStep.CHOOSE -> ConnectionScreen(
            state = connection,
            isRestoring = false,
            isBusy = false,
            askForCamera = askForCamera,
            onEvent = model.connection::on,
            modifier = modifier,
            camera = camera,
        )
        ConnectStep.CONFIRM -> PinScreen(
            title = stringResource(R.string.connect_question, connection.names?.host.orEmpty()),
            body = stringResource(R.string.connect_pin),
            action = stringResource(R.string.connect_action),
            state = state.pin,
            onBack = back,
            onRecover = onRecover,
            onEvent = { model.on(ConnectEvent.Pin(it)) },
            modifier = modifier,
        )
        ConnectStep.DONE -> Done(
            title = stringResource(R.string.connect_done, connection.names?.host.orEmpty()),
            body = stringResource(R.string.connect_done_body),
            onDone = back,
            modifier = modifier,
        )
    }
}

/** The words against the PIN: only shown, or shown and asked for where that [isQuiz]. */
@Composable
fun WordsPlace(model: CheckWordsModel, isQuiz: Boolean, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    val state = model.current()
    val back = { model.on(CheckWordsEvent.Back) }
    BackHandler(onBack = back)
    when (state.step) {
        CheckWordsStep.PIN -> PinScreen(
            title = stringResource(if (isQuiz) R.string.quiz_title else R.string.see_words_title),
            body = stringResource(R.string.check_words_pin),
            action = stringResource(R.string.next),
            state = state.pin,
            onBack = back,
            onRecover = onRecover,
            onEvent = { model.on(CheckWordsEvent.Pin(it)) },
            modifier = modifier,
        )
        CheckWordsStep.SHOW -> model.shownWords?.let {
            ShownWordsScreen(
                state = it.current(),
                onEvent = it::on,
                modifier = modifier,
                doneAction = stringResource(if (isQuiz) R.string.show_words_done else R.string.done),
            )
        }
        CheckWordsStep.QUIZ -> model.quiz?.let {
            QuizScreen(state = it.current(), onBack = back, onLater = null, onEvent = it::on, modifier = modifier)
        }
        CheckWordsStep.DONE -> Done(
            title = stringResource(R.string.check_words_done),
            body = stringResource(R.string.check_words_done_body),
            onDone = back,
            modifier = modifier,
        )
    }
}

/** That something was done, what it means, and the way on, which is back to the records unless [action] says otherwise. */
@Composable
internal fun Done(
    title: String,
    body: String,
    onDone: () -> Unit,
    modifier: Modifier = Modifier,
    action: String = stringResource(R.string.repeat_pin_action),
) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { MainButton(text = action, onClick = onDone) } },
    ) {
        item { ScreenTitle(text = title) }
        item { Text(text = body, style = MaterialTheme.typography.bodyLarge) }
    }
}
