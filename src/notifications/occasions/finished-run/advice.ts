import type { ErrorCode } from '../../../shared/errors.js';
import type { Locale } from '../../recipient-group.js';

type Advice = Readonly<Partial<Record<ErrorCode, string>>> & { readonly otherwise: string };

const advice: Readonly<Record<Locale, Advice>> = {
  en: {
    'no-space': 'Free some space on that disk, or choose a larger one, then run the backup again.',
    'source-unreadable':
      'Check that the source still exists and that the user Wardround runs as may read it, then run the backup again.',
    'destination-unusable':
      'Check that the destination is connected, switched on and writable, then run the backup again.',
    'verification-failed':
      'The copy does not match what was read, so it was not kept. Check that disk or connection for faults before you rely on it again.',
    'process-ended':
      'Wardround, or the computer, was stopped during the backup. The last good backup is untouched. Run the backup again.',
    cancelled: 'Someone stopped the backup. Run it again when nothing speaks against it.',
    unreachable: 'Check the network and that the other computer is switched on, then run the backup again.',
    'plugin-timed-out': 'The step took longer than it may. Check whether the disk or the other computer hangs.',
    overloaded:
      'Other backups took all places for too long. See whether one of them hangs, or spread the times of the jobs.',
    'plugin-out-of-memory': 'The step needed more memory than it may have. Tell your support, with this message.',
    'plugin-unknown': 'The configuration names a plugin that is not installed. Correct it, or install the plugin.',
    'plugin-invalid': 'The configuration of this step is not right. The text of the error says what is wrong.',
    otherwise: 'Look at the lines marked as errors below. If they do not help, send this message to your support.',
  },
  de: {
    'no-space':
      'Schaffen Sie Platz auf diesem Datenträger oder wählen Sie einen größeren, und starten Sie die Sicherung erneut.',
    'source-unreadable':
      'Prüfen Sie, ob die Quelle noch vorhanden ist und der Benutzer, unter dem Wardround läuft, sie lesen darf. Starten Sie dann die Sicherung erneut.',
    'destination-unusable':
      'Prüfen Sie, ob das Sicherungsziel angeschlossen, eingeschaltet und beschreibbar ist. Starten Sie dann die Sicherung erneut.',
    'verification-failed':
      'Die Kopie stimmt nicht mit dem Gelesenen überein und wurde deshalb nicht übernommen. Lassen Sie den Datenträger oder die Verbindung prüfen, bevor Sie sich wieder darauf verlassen.',
    'process-ended':
      'Wardround oder der Computer wurde während der Sicherung beendet. Die letzte gute Sicherung ist unversehrt. Starten Sie die Sicherung erneut.',
    cancelled: 'Die Sicherung wurde von Hand abgebrochen. Starten Sie sie erneut, sobald nichts mehr dagegen spricht.',
    unreachable:
      'Prüfen Sie das Netzwerk und ob der andere Computer eingeschaltet ist. Starten Sie dann die Sicherung erneut.',
    'plugin-timed-out':
      'Der Schritt hat länger gedauert als erlaubt. Prüfen Sie, ob der Datenträger oder der andere Computer hängt.',
    overloaded:
      'Andere Sicherungen haben zu lange alle Plätze belegt. Prüfen Sie, ob eine davon hängt, oder verteilen Sie die Zeiten der Aufträge.',
    'plugin-out-of-memory':
      'Der Schritt hat mehr Arbeitsspeicher gebraucht als erlaubt. Wenden Sie sich mit dieser Nachricht an Ihren Support.',
    'plugin-unknown':
      'Die Konfiguration nennt ein Plugin, das nicht installiert ist. Berichtigen Sie sie, oder installieren Sie das Plugin.',
    'plugin-invalid': 'Die Konfiguration dieses Schritts ist fehlerhaft. Der Fehlertext sagt, was nicht stimmt.',
    otherwise:
      'Sehen Sie sich die als Fehler markierten Zeilen unten an. Helfen sie nicht weiter, senden Sie diese Nachricht an Ihren Support.',
  },
};

/** What a reader can do about an error. */
export function adviceFor(code: ErrorCode, locale: Locale): string {
  return advice[locale][code] ?? advice[locale].otherwise;
}
