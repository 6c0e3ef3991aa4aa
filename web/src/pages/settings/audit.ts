/** The words of the audit trail, under what they are about. */

export const ACTIONS = [
  {
    label: 'Keys',
    words: { 'key.created': 'Key made', 'key.revoked': 'Key revoked' },
  },
  {
    label: 'People',
    words: {
      'user.created': 'Person added',
      'user.role_changed': 'Role changed',
      'user.disabled': 'Person disabled',
      'user.enabled': 'Person let in again',
      'user.removed': 'Person removed',
      'user.reset': 'New link given out',
      'password.changed': 'Password chosen',
    },
  },
  {
    label: 'Sessions',
    words: {
      'session.started': 'Signed in',
      'session.ended': 'Session ended',
      'session.refused': 'Sign-in refused',
    },
  },
  {
    label: 'Data',
    words: {
      'events.replayed': 'Events read again',
      'events.imported': 'Events imported',
      'token.set': 'Token set',
      'token.unset': 'Token taken away',
      'secrets.rotated': 'Secrets key replaced',
      'sample.loaded': 'Sample loaded',
      'sample.removed': 'Sample removed',
    },
  },
  {
    label: 'Tests',
    words: {
      'test.marked_fixed': 'Test marked as fixed',
      'monitors.changed': 'Monitors changed',
    },
  },
] as const;
