package org.keepwell.app.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Todo

/** What waits for the patient, each with the way to do it. */
@Composable
fun TodoCards(todo: List<Todo>, onDo: (Todo) -> Unit, modifier: Modifier = Modifier) {
    if (todo.isEmpty()) return
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(8.dp)) {
        SectionHeading(text = stringResource(R.string.todo_title))
        todo.forEach { one ->
            val text = when (one) {
                Todo.CHECK_WORDS -> R.string.todo_check_words
                Todo.ADD_RECORDS -> R.string.todo_add_records
                Todo.CONNECT -> R.string.todo_connect
            }
            LinkCard(title = stringResource(text), onClick = { onDo(one) })
        }
    }
}
