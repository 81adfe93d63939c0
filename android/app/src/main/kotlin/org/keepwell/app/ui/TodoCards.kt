package org.keepwell.app.ui

import androidx.annotation.StringRes
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Todo

/** What waits for the patient, each with the button that does it. */
@Composable
fun TodoCards(todo: List<Todo>, isSending: Boolean, onDo: (Todo) -> Unit, modifier: Modifier = Modifier) {
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(8.dp)) {
        SectionHeading(text = stringResource(R.string.todo_title))
        todo.forEach { one ->
            val waits = isSending && one.isSent
            Notice(text = text(one), tone = one.tone, isSilent = true) {
                one.action?.let { action ->
                    NoticeButton(
                        text = stringResource(if (waits) R.string.todo_sending else action),
                        onClick = { onDo(one) },
                        isEnabled = !waits,
                    )
                }
            }
        }
    }
}

@Composable
private fun text(todo: Todo): String = when (todo) {
    Todo.TakenOver -> stringResource(R.string.todo_taken_over)
    is Todo.SendDecisions -> counted(R.plurals.todo_send_decisions, todo.count)
    is Todo.CheckClinics -> counted(R.plurals.todo_check_clinics, todo.count)
    Todo.CheckWords -> stringResource(R.string.todo_check_words)
    Todo.Connect -> stringResource(R.string.todo_connect)
    Todo.AgreeToSendAgain -> stringResource(R.string.todo_agree)
    is Todo.SendRecords -> counted(R.plurals.todo_send_records, todo.count)
    is Todo.EndSoon -> counted(R.plurals.todo_end_soon, todo.count)
    is Todo.LookThrough -> counted(R.plurals.todo_look_through, todo.count)
    is Todo.SignInAgain -> pluralStringResource(R.plurals.todo_sign_in, todo.count, todo.count)
    Todo.AddRecords -> stringResource(R.string.todo_add_records)
}

/** What the button says that does it; none where nothing can be done on this phone. */
private val Todo.action: Int? @StringRes get() = when (this) {
    Todo.TakenOver -> null
    is Todo.SendDecisions, is Todo.SendRecords -> R.string.todo_send_action
    is Todo.CheckClinics -> R.string.todo_check_clinics_action
    Todo.CheckWords -> R.string.todo_check_words_action
    Todo.Connect -> R.string.connect_action
    Todo.AgreeToSendAgain -> R.string.todo_agree_action
    is Todo.EndSoon -> R.string.todo_end_soon_action
    is Todo.LookThrough -> R.string.todo_look_through_action
    is Todo.SignInAgain -> R.string.todo_sign_in_action
    Todo.AddRecords -> R.string.import_action
}

private val Todo.tone: Tone get() = when (this) {
    Todo.TakenOver -> Tone.ERROR
    is Todo.SendDecisions, is Todo.CheckClinics, Todo.CheckWords -> Tone.WARNING
    else -> Tone.INFO
}

/** Whether doing it takes a while here, for it is sent. */
private val Todo.isSent get() = this is Todo.SendDecisions || this is Todo.SendRecords || this == Todo.AgreeToSendAgain
