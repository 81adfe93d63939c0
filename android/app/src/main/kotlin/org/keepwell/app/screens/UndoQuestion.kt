package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.Question
import org.keepwell.wallet.model.ImportReach

/** Says what taking an import back does, and what it can't reach, before it is done. */
@Composable
fun UndoQuestion(reach: ImportReach, onUndo: () -> Unit, onKeep: () -> Unit, modifier: Modifier = Modifier) {
    Question(
        onDismissRequest = onKeep,
        modifier = modifier,
        title = { Text(text = stringResource(R.string.undo_question)) },
        text = {
            Column(modifier = Modifier.verticalScroll(rememberScrollState()), verticalArrangement = Arrangement.spacedBy(8.dp)) {
                Text(text = pluralStringResource(R.plurals.undo_records, reach.records.toInt(), reach.records.toInt()))
                if (reach.clinics.isNotEmpty()) Text(text = stringResource(R.string.undo_clinics, reach.clinics.joinToString()))
                if (reach.shares > 0) Text(text = pluralStringResource(R.plurals.undo_shares, reach.shares.toInt(), reach.shares.toInt()))
                if (reach.setAside > 0) {
                    Text(text = pluralStringResource(R.plurals.undo_set_aside, reach.setAside.toInt(), reach.setAside.toInt()))
                }
            }
        },
        confirmButton = { TextButton(onClick = onUndo) { Text(text = stringResource(R.string.undo_action)) } },
        dismissButton = { TextButton(onClick = onKeep) { Text(text = stringResource(R.string.cancel)) } },
    )
}
